/** How likely each class is. */

/** More bars could not be read while drawing. */
const mostBars = 10;

/** @param probabilities [K]; undefined while there is nothing to name */
export function Bars({
  names,
  probabilities,
}: {
  readonly names: readonly string[];
  readonly probabilities: Float32Array | undefined;
}) {
  const share = (k: number): number => probabilities?.[k] ?? 0;
  const best = bestOf(probabilities);
  const order = [...names.keys()];
  // Of a few classes each keeps its place.
  const shown =
    names.length <= mostBars ? order : order.sort((a, b) => share(b) - share(a)).slice(0, mostBars);
  return (
    <ol class="bars" aria-label="How likely each class is">
      {shown.map((k) => (
        <li key={names[k]} class={k === best ? 'best' : ''}>
          <span class="name">{names[k]}</span>
          <span class="track">
            <span class="bar" style={{ width: `${100 * share(k)}%` }} />
          </span>
          <span class="share">{probabilities === undefined ? '–' : percent(share(k))}</span>
        </li>
      ))}
    </ol>
  );
}

/** The likeliest class; −1 where there is none. */
export const bestOf = (probabilities: Float32Array | undefined): number =>
  probabilities?.reduce((best, value, k) => (value > (probabilities[best] ?? 0) ? k : best), 0) ??
  -1;

export const percent = (share: number): string =>
  `${(100 * share).toFixed(share > 0.995 ? 1 : 0)}%`;
