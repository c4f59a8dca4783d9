/** All runs, and those that were chosen beside each other. */
import { chooseOnly, useChosen } from '../../state/chosen.js';
import { hello, isComplete, runs } from '../../state/runs.js';
import { useStore } from '../../state/store.js';
import { Compare } from './Compare.js';
import { RunTable } from './RunTable.js';

export function Runs() {
  const known = [...useStore(runs).values()].filter(({ isShipped }) => isShipped !== true);
  const isWhole = useStore(isComplete);
  const server = useStore(hello);
  const chosen = useChosen();
  if (server === undefined) return <p class="quiet">Asking for the runs …</p>;
  if (known.length === 0) {
    return isWhole ? <Nothing folder={server.folder} /> : <p class="quiet">Looking for runs …</p>;
  }
  return (
    <div class="runs">
      <RunTable runs={known} chosen={chosen} isWhole={isWhole} />
      {chosen.length === 0 ? (
        <p class="quiet">
          Choose runs to see their curves, or{' '}
          <button type="button" class="link" onClick={() => chooseOnly(newest(known))}>
            show the newest
          </button>
          .
        </p>
      ) : (
        <Compare chosen={chosen} />
      )}
    </div>
  );
}

const newest = (all: readonly { readonly key: string; readonly changed: number }[]): string[] =>
  [...all]
    .sort((a, b) => b.changed - a.changed)
    .slice(0, 1)
    .map(({ key }) => key);

const Nothing = ({ folder }: { readonly folder: string | undefined }) => (
  <div class="quiet">
    <p>
      There are no runs{folder === undefined ? '' : ` in ${folder}`} yet. They appear here by
      themselves:
    </p>
    <pre>mixgan train gan</pre>
  </div>
);
