import { useEffect, useState } from 'preact/hooks';
import type { RunSummary } from '../../../shared/protocol.js';
import { detailOf } from '../../state/runs.js';

/** The keys of configurations in which runs differ; of one run, all of them. */
export function Differences({ runs }: { readonly runs: readonly RunSummary[] }) {
  const [configs, set] = useState<ReadonlyMap<string, Readonly<Record<string, string>>>>(new Map());
  const keys = runs.map(({ key }) => key).join(' ');
  useEffect(() => {
    let isWanted = true;
    void Promise.all(
      runs.map(async ({ key }) => [key, flattened((await detailOf(key)).config)] as const),
    ).then(
      (entries) => isWanted && set(new Map(entries)),
      () => undefined,
    );
    return () => {
      isWanted = false;
    };
  }, [keys]);
  const shown = runs.filter(({ key }) => configs.has(key));
  const paths = [...new Set(shown.flatMap(({ key }) => Object.keys(configs.get(key)!)))];
  const differing = paths.filter(
    (path) =>
      shown.length === 1 || new Set(shown.map(({ key }) => configs.get(key)![path])).size > 1,
  );
  if (shown.length === 0) return null;
  return (
    <details class="differences" open={shown.length > 1}>
      <summary>
        {shown.length === 1 ? 'Configuration' : 'What the configurations differ in'}
      </summary>
      {differing.length === 0 ? (
        <p class="quiet">In nothing.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys
        <section class="wide" tabIndex={0} aria-label="Configurations">
          <table>
            <thead>
              <tr>
                <th scope="col">key</th>
                {shown.map(({ key, name }) => (
                  <th scope="col" key={key}>
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {differing.map((path) => (
                <tr key={path}>
                  <th scope="row">{path}</th>
                  {shown.map(({ key }) => (
                    <td key={key}>{configs.get(key)![path] ?? '–'}</td>
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

/** `{ a: { b: 1 } }` as `{ 'a.b': '1' }` */
export function flattened(value: unknown, path = ''): Record<string, string> {
  if (typeof value !== 'object' || value === null) {
    return { [path]: typeof value === 'string' ? value : JSON.stringify(value) };
  }
  return Object.assign(
    {},
    ...Object.entries(value).map(([key, below]) =>
      flattened(below, path === '' ? key : `${path}.${key}`),
    ),
  ) as Record<string, string>;
}
