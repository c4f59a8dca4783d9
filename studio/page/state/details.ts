import { useEffect, useState } from 'preact/hooks';
import type { RunDetail, RunSummary } from '../../shared/protocol.js';
import { detailOf } from './runs.js';

/** More about runs, read again when there is more; those that could not be read are missing. */
export function useDetails(runs: readonly RunSummary[]): ReadonlyMap<string, RunDetail> {
  const [details, set] = useState<ReadonlyMap<string, RunDetail>>(new Map());
  const id = runs
    .map(({ key, pictures, hasEvaluation, state }) => [key, pictures, hasEvaluation, state].join())
    .join(' ');
  useEffect(() => {
    let isWanted = true;
    void Promise.all(
      runs.map(async ({ key }) => {
        const detail = await detailOf(key).catch(() => undefined);
        return detail === undefined ? [] : [[key, detail] as const];
      }),
    ).then((found) => isWanted && set(new Map(found.flat())));
    return () => {
      isWanted = false;
    };
  }, [id]);
  return details;
}
