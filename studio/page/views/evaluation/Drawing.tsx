/** Whether a generator copies what it learnt from, and what of it it leaves out. */
import type { Examination } from '../../../../src/family/examination.js';
import { grouped } from '../../parts/text.js';
import { Cut, type Sheet } from './Sheet.js';

export function Drawing({
  drawing: { fakes, coverage, samples },
  names,
  sheet,
}: {
  readonly drawing: NonNullable<Examination['drawing']>;
  readonly names: readonly string[];
  readonly sheet: Sheet;
}) {
  return (
    <>
      <h2>Drawn, and the training images nearest to it</h2>
      <p class="quiet">
        Nearest pixel by pixel; below each its root mean square difference, of 255. A copy would be
        near 0, and look the same.
      </p>
      <section
        class="wide neighbours"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys
        tabIndex={0}
        aria-label="Drawn pictures and their neighbours"
      >
        <table>
          <thead>
            <tr>
              <th scope="col">drawn</th>
              {fakes[0]?.neighbours.map(({ place }, i) => (
                <th scope="col" key={place}>
                  {i === 0 ? 'nearest' : `${i + 1}.`}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {fakes.map(({ place, neighbours }, i) => (
              <tr key={place}>
                <td>
                  <Cut sheet={sheet} place={place} label={`Drawn picture ${i + 1}`} />
                </td>
                {neighbours.map((neighbour) => {
                  const name = neighbour.label === undefined ? '' : ` of ${names[neighbour.label]}`;
                  return (
                    <td key={neighbour.place}>
                      <Cut
                        sheet={sheet}
                        place={neighbour.place}
                        label={`Training image ${neighbour.index}${name}`}
                      />
                      <span class="quiet sub">{neighbour.distance.toFixed(1)}</span>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <h2>Coverage by class</h2>
      <p class="quiet">
        Of each class, real images with a drawn one nearer than their fifth nearest real one, pixel
        by pixel; and drawn images whose nearest real one is of it. {grouped(samples)} of each.
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys */}
      <section class="wide" tabIndex={0} aria-label="Coverage by class">
        <table>
          <thead>
            <tr>
              <th scope="col">class</th>
              <th scope="col">covered</th>
              <th scope="col">drawn</th>
              <th scope="col">real</th>
            </tr>
          </thead>
          <tbody>
            {coverage.map(({ name, covered, fakes: drawn, reals }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>
                  <meter min="0" max="1" value={covered} aria-label={`covered of ${name}`} />{' '}
                  {Math.round(100 * covered)}%
                </td>
                <td>{grouped(drawn)}</td>
                <td>{grouped(reals)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}
