import { useState } from 'preact/hooks';
import type { FormKey } from '../../../shared/protocol.js';
import { fieldOf, holds, jsonOf, optionsOf, rangeOf } from './values.js';

type Values = Readonly<Record<string, string>>;

/** Keys that most trainings differ in, shown without being asked for. */
const common = ['steps', 'data', 'seed', 'batchSize', 'conditional', 'optimiser.rate'];

/**
 * A field for each key of a configuration.
 * @param values of the preset, as JSON
 * @param set what differs from it, as JSON
 */
export function FormKeys({
  keys,
  values,
  set,
  onSet,
}: {
  readonly keys: readonly FormKey[];
  readonly values: Values;
  readonly set: Values;
  readonly onSet: (set: Values) => void;
}) {
  const now: Values = { ...values, ...set };
  const shown = keys.filter(({ when }) => when === undefined || holds(when, now));
  const change = (path: string, json: string | undefined): void => {
    const { [path]: _, ...others } = set;
    onSet(json === undefined || json === values[path] ? others : { ...others, [path]: json });
  };
  const field = (key: FormKey) => (
    <Field
      key={key.path}
      of={key}
      json={now[key.path]}
      isChanged={key.path in set}
      onChange={change}
    />
  );
  return (
    <>
      <div class="fields">{shown.filter(({ path }) => common.includes(path)).map(field)}</div>
      <details>
        <summary>All keys</summary>
        <div class="fields">{shown.filter(({ path }) => !common.includes(path)).map(field)}</div>
      </details>
    </>
  );
}

function Field({
  of: { path, type, description },
  json,
  isChanged,
  onChange,
}: {
  readonly of: FormKey;
  readonly json: string | undefined;
  readonly isChanged: boolean;
  readonly onChange: (path: string, json: string | undefined) => void;
}) {
  // The command is shown while one types: what is not given yet has to outlive that.
  const [draft, setDraft] = useState<string | undefined>();
  const options = optionsOf(type);
  const [id, about] = [`key-${path}`, `about-${path}`];
  const range = rangeOf(type);
  const common = {
    id,
    value: draft ?? fieldOf(json),
    onInput: ({ currentTarget }: { currentTarget: { value: string } }) =>
      setDraft(currentTarget.value),
    onChange: ({ currentTarget }: { currentTarget: { value: string } }) => {
      setDraft(undefined);
      onChange(path, jsonOf(currentTarget.value.trim(), type));
    },
    ...(description !== '' && { 'aria-describedby': about }),
  };
  return (
    <div class={isChanged ? 'field changed' : 'field'}>
      <label for={id}>{path}</label>
      {options !== undefined ? (
        <select {...common}>
          {json === undefined && <option value="">–</option>}
          {options.map((option) => (
            <option key={option}>{option}</option>
          ))}
        </select>
      ) : range !== undefined ? (
        <input type="number" placeholder={type} {...common} {...range} />
      ) : (
        <input type="text" placeholder={type} {...common} />
      )}
      {description !== '' && (
        <span class="sub quiet" id={about}>
          {description}
        </span>
      )}
    </div>
  );
}
