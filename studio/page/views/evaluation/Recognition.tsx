/** What a classifier takes for what, with the pictures. */
import type { Examination, Example } from '../../../../src/family/examination.js';
import { grouped } from '../../parts/text.js';
import { useParam } from '../../state/url.js';
import { Cut, type Sheet } from './Sheet.js';

type Recognised = NonNullable<Examination['recognition']>;

/** A matrix of more classes could not be taken in; their mistakes are listed. */
const mostClasses = 30;
const mostMistakes = 40;
const mostErrors = 40;

export function Recognition({
  recognition: { confusion, examples },
  names,
  sheet,
}: {
  readonly recognition: Recognised;
  readonly names: readonly string[];
  readonly sheet: Sheet;
}) {
  const [text, setCell] = useParam('cell');
  const [label, taken] = text.split(',').map(Number);
  const count = confusion.flat().reduce((sum, value) => sum + value, 0);
  const correct = confusion.reduce((sum, row, k) => sum + row[k]!, 0);
  const errors = examples.filter((example) => example.label !== example.taken);
  const ofCell = examples.filter((example) => example.label === label && example.taken === taken);
  const inCell = confusion[label ?? -1]?.[taken ?? -1];
  const open = (from: number, to: number): void => setCell(`${from},${to}`);
  return (
    <>
      <p>
        {((100 * correct) / Math.max(1, count)).toFixed(2)}% recognised: {grouped(correct)} of{' '}
        {grouped(count)} held-out images.
      </p>
      <h2>What is taken for what</h2>
      <p class="quiet">A row a class, a column what it was taken for. A cell opens its pictures.</p>
      {names.length <= mostClasses ? (
        <Matrix confusion={confusion} names={names} chosen={text} onOpen={open} />
      ) : (
        <Mistakes confusion={confusion} names={names} onOpen={open} />
      )}
      {inCell !== undefined && (
        <section aria-label="Pictures of the cell" aria-live="polite">
          <h2>
            {label === taken
              ? `${grouped(inCell)} of ${names[label!]} recognised; the least sure`
              : `${grouped(inCell)} of ${names[label!]} taken for ${names[taken!]}`}
          </h2>
          <Gallery examples={ofCell} names={names} sheet={sheet} />
        </section>
      )}
      <h2>The surest errors</h2>
      <Gallery examples={errors.slice(0, mostErrors)} names={names} sheet={sheet} />
    </>
  );
}

interface MatrixProps {
  readonly confusion: Recognised['confusion'];
  readonly names: readonly string[];
  readonly onOpen: (label: number, taken: number) => void;
}

function Matrix({ confusion, names, chosen, onOpen }: MatrixProps & { readonly chosen: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys
    <section class="wide" tabIndex={0} aria-label="Confusion matrix">
      <table class="confusion">
        <thead>
          <tr>
            <td />
            {names.map((name) => (
              <th scope="col" key={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {confusion.map((row, label) => {
            const all = Math.max(
              1,
              row.reduce((sum, value) => sum + value, 0),
            );
            return (
              <tr key={names[label]}>
                <th scope="row">{names[label]}</th>
                {row.map((value, taken) => (
                  <td key={names[taken]} class={label === taken ? 'right' : 'wrong'}>
                    <button
                      type="button"
                      disabled={value === 0}
                      aria-pressed={chosen === `${label},${taken}`}
                      aria-label={`${value} of ${names[label]} taken for ${names[taken]}`}
                      onClick={() => onOpen(label, taken)}
                    >
                      {/* A tenth of a class taken for another is as striking as can be. */}
                      <span
                        class="shade"
                        style={{ opacity: Math.min(1, (value / all) * (label === taken ? 1 : 10)) }}
                      />
                      <b>{value}</b>
                    </button>
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

function Mistakes({ confusion, names, onOpen }: MatrixProps) {
  const mistakes = confusion
    .flatMap((row, label) => row.map((value, taken) => ({ value, label, taken })))
    .filter(({ value, label, taken }) => value > 0 && label !== taken)
    .sort((a, b) => b.value - a.value)
    .slice(0, mostMistakes);
  return (
    <ul class="mistakes">
      {mistakes.map(({ value, label, taken }) => (
        <li key={`${label} ${taken}`}>
          <button type="button" onClick={() => onOpen(label, taken)}>
            {value} of {names[label]} taken for {names[taken]}
          </button>
        </li>
      ))}
    </ul>
  );
}

function Gallery({
  examples,
  names,
  sheet,
}: {
  readonly examples: readonly Example[];
  readonly names: readonly string[];
  readonly sheet: Sheet;
}) {
  if (examples.length === 0) return <p class="quiet">None.</p>;
  return (
    <ul class="gallery">
      {examples.map(({ place, index, label, taken, probability }) => {
        const sure = `${(100 * probability).toFixed(probability > 0.99 ? 1 : 0)}%`;
        return (
          <li key={place}>
            <Cut
              sheet={sheet}
              place={place}
              label={`Image ${index}, a ${names[label]}, taken for ${names[taken]}, ${sure} sure`}
            />
            <span>{label === taken ? names[label] : `${names[label]} → ${names[taken]}`}</span>
            <span class="quiet">{sure}</span>
          </li>
        );
      })}
    </ul>
  );
}
