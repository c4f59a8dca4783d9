/** What is chosen beside the place: the field, the classes, how usual pictures are. */
import { useNumber, useParam } from '../../state/url.js';
import type { Find } from './finds.js';
import type { Generator } from './generator.js';
import { toldValues } from './labels.js';

export const usualCorners = '0,1,2,3';
/** The largest limit, which stands for none. */
export const usualWithin = 3;

const cornerNames = ['upper left', 'upper right', 'lower left', 'lower right'];

export function Controls({
  classNames,
  attributes,
  finds,
  isBlend,
  setBlend,
}: {
  readonly classNames: readonly string[];
  readonly attributes: Generator['attributes'];
  readonly finds: readonly Find[];
  readonly isBlend: boolean;
  readonly setBlend: (isBlend: boolean) => void;
}) {
  const [within, setWithin] = useNumber('within', usualWithin, 0.1, usualWithin);
  const [speed, setSpeed] = useNumber('speed', 1, 0.1, 5);
  return (
    <div class="controls">
      <label>
        Over{' '}
        <select
          value={isBlend ? 'four' : 'plane'}
          onChange={({ currentTarget }) => setBlend(currentTarget.value === 'four')}
        >
          <option value="plane">a plane of seeds</option>
          <option value="four">four pictures, blended</option>
        </select>
      </label>
      <label>
        Truncation{' '}
        <input
          type="range"
          min="0.1"
          max={usualWithin}
          step="0.05"
          value={within}
          onInput={({ currentTarget }) => setWithin(currentTarget.valueAsNumber)}
        />{' '}
        <output>{within === usualWithin ? 'none' : `±${within}`}</output>
      </label>
      <label>
        Speed{' '}
        <input
          type="range"
          min="0.1"
          max="5"
          step="0.1"
          value={speed}
          onInput={({ currentTarget }) => setSpeed(currentTarget.valueAsNumber)}
        />{' '}
        <output>{speed}</output>
      </label>
      {attributes.length > 0 && <Attributes attributes={attributes} />}
      {classNames.length > 0 && <Classes names={classNames} />}
      {isBlend && <Corners finds={finds} />}
    </div>
  );
}

/** One value of each. */
function Attributes({ attributes }: { readonly attributes: Generator['attributes'] }) {
  const [told, tell] = useParam('told');
  const chosen = toldValues(attributes, told);
  return (
    <>
      {attributes.map(({ name, values }, i) => (
        <label key={name}>
          {name}{' '}
          <select
            value={chosen[i]}
            onChange={({ currentTarget }) =>
              tell(chosen.with(i, Number(currentTarget.value)).join())
            }
          >
            {values.map((value, k) => (
              <option key={value} value={k}>
                {value}
              </option>
            ))}
          </select>
        </label>
      ))}
    </>
  );
}

function Classes({ names }: { readonly names: readonly string[] }) {
  const [first, setFirst] = useNumber('class', 0, 0, names.length - 1);
  const [second, setSecond] = useNumber('class2', 0, 0, names.length - 1);
  const [share, setShare] = useNumber('share', 0, 0, 1);
  const options = names.map((name, i) => (
    <option key={name} value={i}>
      {name}
    </option>
  ));
  return (
    <>
      <label>
        Class{' '}
        <select
          value={Math.round(first)}
          onChange={({ currentTarget }) => setFirst(Number(currentTarget.value))}
        >
          {options}
        </select>
      </label>
      <label>
        towards{' '}
        <select
          value={Math.round(second)}
          onChange={({ currentTarget }) => setSecond(Number(currentTarget.value))}
        >
          {options}
        </select>
      </label>
      <label>
        by{' '}
        <input
          type="range"
          min="0"
          max="1"
          step="0.01"
          value={share}
          onInput={({ currentTarget }) => setShare(currentTarget.valueAsNumber)}
        />{' '}
        <output>{Math.round(100 * share)}%</output>
      </label>
    </>
  );
}

/** A seed each, or a find. */
function Corners({ finds }: { readonly finds: readonly Find[] }) {
  const [text, set] = useParam('corners', usualCorners);
  const corners = text.split(',');
  return (
    <>
      <datalist id="corner-finds">
        {finds.map(({ id }) => (
          <option key={id} value={`find ${id}`} />
        ))}
      </datalist>
      {cornerNames.map((name, i) => (
        <label key={name}>
          {name}{' '}
          <input
            key={corners[i]}
            type="text"
            class="seed"
            list="corner-finds"
            pattern="\d{1,9}|find \d+"
            title="a seed, as 17, or a find, as find 2"
            // What is being typed is not the address's yet.
            defaultValue={corners[i] ?? ''}
            onChange={({ currentTarget }) => {
              const next = usualCorners.split(',').map((usual, k) => corners[k] ?? usual);
              next[i] = currentTarget.value.replaceAll(',', '').trim();
              if (currentTarget.validity.valid && next[i] !== '') set(next.join());
              else currentTarget.reportValidity();
            }}
          />
        </label>
      ))}
    </>
  );
}
