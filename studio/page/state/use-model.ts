import { useEffect, useState } from 'preact/hooks';
import { openModel, type PageModel } from './model.js';

/** How it stands with a model: being made and fetched, there, or not to be had and why. */
export type Opening =
  | { readonly key: string; readonly model: PageModel }
  | { readonly key: string; readonly problem: string }
  | undefined;

/**
 * The model of a run, and what opens it again, as it is by then.
 * @param key of the run; nothing is opened without
 */
export function useModel(key: string | undefined): readonly [Opening, () => void] {
  const [opening, set] = useState<Opening>();
  const [times, setTimes] = useState(0);
  useEffect(() => {
    if (key === undefined) return undefined;
    let isWanted = true;
    let opened: PageModel | undefined;
    openModel(key).then(
      (model) => {
        opened = model;
        if (isWanted) set({ key, model });
        else void model.close();
      },
      (thrown: unknown) => {
        const problem = thrown instanceof Error ? thrown.message : String(thrown);
        if (isWanted) set({ key, problem });
      },
    );
    return () => {
      isWanted = false;
      void opened?.close();
    };
  }, [key, times]);
  // Until another run's model is there, this one has none.
  const ofKey = opening?.key === key ? opening : undefined;
  return [ofKey, () => setTimes(times + 1)];
}
