import type { RunSummary } from '../../shared/protocol.js';
import { colorOf } from '../chart/palette.js';
import { type Chosen, mostChosen, toggle, useChosen } from '../state/chosen.js';
import { runs } from '../state/runs.js';
import { useStore } from '../state/store.js';
import { isDark } from './theme.js';

export interface ShownRun {
  readonly run: RunSummary;
  readonly slot: number;
}

/** The chosen runs that a view can show, and a list to choose others from. */
export function useShown(isFit: (run: RunSummary) => boolean): {
  readonly shown: readonly ShownRun[];
  readonly others: readonly RunSummary[];
} {
  const known = useStore(runs);
  const chosen: readonly Chosen[] = useChosen();
  const shown = chosen.flatMap(({ key, slot }) => {
    const run = known.get(key);
    return run !== undefined && isFit(run) ? [{ run, slot }] : [];
  });
  const others = [...known.values()]
    .filter((run) => isFit(run) && !chosen.some(({ key }) => key === run.key))
    .sort((a, b) => b.changed - a.changed);
  return { shown, others };
}

/** Which runs are shown, each with its colour and a way out, and a list of those that could be. */
export function ChooseRuns({ shown, others }: ReturnType<typeof useShown>) {
  const isNight = useStore(isDark);
  return (
    <div class="controls chosen-runs">
      {shown.map(({ run, slot }) => (
        <span class="chip" key={run.key}>
          <span class="swatch" style={{ background: colorOf(slot, isNight) }} />
          {run.name}
          <button
            type="button"
            class="small"
            aria-label={`Leave out ${run.name}`}
            onClick={() => toggle(run.key)}
          >
            ×
          </button>
        </span>
      ))}
      {others.length > 0 && shown.length < mostChosen && (
        <label>
          <span class={shown.length > 0 ? 'unseen' : ''}>Choose a run</span>{' '}
          <select
            value=""
            onChange={({ currentTarget }) => {
              if (currentTarget.value !== '') toggle(currentTarget.value);
              currentTarget.value = '';
            }}
          >
            <option value="">{shown.length > 0 ? 'add a run …' : '…'}</option>
            {others.slice(0, 300).map(({ key, name }) => (
              <option key={key} value={key}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
    </div>
  );
}
