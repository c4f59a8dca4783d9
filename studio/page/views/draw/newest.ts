import { useEffect, useRef } from 'preact/hooks';
import type { PageModel } from '../../state/model.js';
import { softmax } from './seen.js';

/** Asks the model about the newest picture; those that came between are left out. */
export function useNewest(
  model: PageModel,
  seen: Uint8Array | undefined,
  told: (probabilities: Float32Array) => void,
): void {
  const wanted = useRef(seen);
  wanted.current = seen;
  const isBusy = useRef(false);
  useEffect(() => {
    const ask = async (): Promise<void> => {
      if (isBusy.current) return;
      isBusy.current = true;
      try {
        for (let asked: Uint8Array | undefined; wanted.current !== asked; ) {
          asked = wanted.current;
          if (asked === undefined) break;
          const logits = await model.run({
            [model.info.inputs[0]!.name]: Float32Array.from(asked),
          });
          // Cleared meanwhile, nothing is to be named.
          if (wanted.current !== undefined) told(softmax(logits));
        }
      } finally {
        isBusy.current = false;
      }
    };
    void ask();
  }, [model, seen]);
}
