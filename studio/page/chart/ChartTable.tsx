import { useState } from 'preact/hooks';
import { figure } from '../parts/text.js';
import { nearest, type Series } from './draw.js';
import { extent } from './scale.js';

const mostRows = 20;

/** A chart's numbers, some of its rows, for who cannot see it or wants them as they are. */
export function ChartTable({
  title,
  series,
  xLabel,
  xTick,
}: {
  readonly title: string;
  readonly series: readonly Series[];
  readonly xLabel: string;
  readonly xTick: (value: number) => string;
}) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        Numbers<span class="unseen"> of {title}</span>
      </summary>
      {isOpen && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys
        <section class="wide" tabIndex={0} aria-label={`Numbers of ${title}`}>
          <table>
            <thead>
              <tr>
                <th scope="col">{xLabel}</th>
                {series.map((one) => (
                  <th scope="col" key={one.label}>
                    {one.label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rowsAt(series).map((x) => (
                <tr key={x}>
                  <th scope="row">{xTick(x)}</th>
                  {series.map((one) => (
                    <td key={one.label}>{cell(one, x)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </details>
  );
}

/** Places on the x axis that the rows are about: points of the longest curve. */
function rowsAt(series: readonly Series[]): number[] {
  const longest = series.reduce<Float64Array>(
    (best, { xs }) => (xs.length > best.length ? xs : best),
    new Float64Array(),
  );
  const count = Math.min(mostRows, longest.length);
  const places = Array.from({ length: count }, (_, i) =>
    count === 1 ? 0 : Math.round(((longest.length - 1) * i) / (count - 1)),
  );
  return places.map((place) => longest[place]!);
}

function cell({ xs, ys }: Series, x: number): string {
  const [low, high] = extent([xs]) ?? [0, -1];
  return x < low || x > high ? '' : figure(ys[nearest(xs, x)]!);
}
