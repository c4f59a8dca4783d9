import { useMemo, useState } from 'preact/hooks';
import type { RunState, RunSummary } from '../../../shared/protocol.js';
import { colorOf } from '../../chart/palette.js';
import { RunActions } from '../../parts/RunActions.js';
import { Sparkline } from '../../parts/Sparkline.js';
import { duration, figure, grouped, perSecond } from '../../parts/text.js';
import { isDark } from '../../parts/theme.js';
import { type Chosen, mostChosen, toggle } from '../../state/chosen.js';
import { useStore } from '../../state/store.js';
import { useParam } from '../../state/url.js';

/** So many rows at first, and each time more are asked for: a page of a thousand stays light. */
const rowsAtOnce = 50;

const orders: Readonly<Record<string, (a: RunSummary, b: RunSummary) => number>> = {
  newest: (a, b) => b.changed - a.changed,
  name: (a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }),
  preset: (a, b) => a.preset.localeCompare(b.preset) || b.changed - a.changed,
  steps: (a, b) => b.step - a.step,
};

const words: Readonly<Record<RunState, string>> = {
  running: '▶ running',
  stopped: '❚❚ stopped',
  diverged: '✕ diverged',
  done: '✓ done',
};

export function RunTable({
  runs,
  chosen,
  isWhole,
}: {
  readonly runs: readonly RunSummary[];
  readonly chosen: readonly Chosen[];
  readonly isWhole: boolean;
}) {
  const [filter, setFilter] = useParam('filter');
  const [order, setOrder] = useParam('order', 'newest');
  const [most, setMost] = useState(rowsAtOnce);
  const pattern = useMemo(() => patternOf(filter), [filter]);
  const shown = runs.filter(({ name, preset, state, kind }) =>
    [name, preset, state, kind].some((text) => pattern?.test(text) ?? text.includes(filter)),
  );
  shown.sort(orders[order] ?? orders.newest!);
  const slots = new Map(chosen.map(({ key, slot }) => [key, slot]));
  return (
    <section aria-label="All runs" class="list">
      <div class="controls">
        <label>
          Filter{' '}
          <input
            type="search"
            value={filter}
            placeholder="text or pattern"
            onInput={({ currentTarget }) => setFilter(currentTarget.value)}
          />
        </label>
        <label>
          Order{' '}
          <select value={order} onChange={({ currentTarget }) => setOrder(currentTarget.value)}>
            {Object.keys(orders).map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <span class="quiet" role="status">
          {grouped(shown.length)} of {grouped(runs.length)} runs{isWhole ? '' : ' so far'}
        </span>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys */}
      <section class="wide rows" tabIndex={0} aria-label="Runs, a table">
        <table>
          <thead>
            <tr>
              <th scope="col">Run</th>
              <th scope="col">State</th>
              <th scope="col">Lately</th>
              <th scope="col">Steps</th>
              <th scope="col">Speed</th>
              <th scope="col">Time left</th>
            </tr>
          </thead>
          <tbody>
            {shown.slice(0, most).map((run) => (
              <Row
                key={run.key}
                run={run}
                slot={slots.get(run.key)}
                isFull={chosen.length >= mostChosen}
              />
            ))}
          </tbody>
        </table>
        {shown.length > most && (
          <button type="button" onClick={() => setMost(most + rowsAtOnce)}>
            Show {Math.min(rowsAtOnce, shown.length - most)} more of {grouped(shown.length - most)}
          </button>
        )}
      </section>
    </section>
  );
}

/** A regular expression, or undefined where the text is none. */
function patternOf(text: string): RegExp | undefined {
  try {
    return new RegExp(text, 'i');
  } catch {
    return undefined;
  }
}

function Row({
  run,
  slot,
  isFull,
}: {
  readonly run: RunSummary;
  readonly slot: number | undefined;
  readonly isFull: boolean;
}) {
  const isNight = useStore(isDark);
  const { key, name, preset, state, step, steps, seconds, speed, spark } = run;
  const left = state === 'running' && speed !== undefined ? (steps - step) / speed : undefined;
  const last = spark.values.at(-1);
  return (
    <tr class={slot === undefined ? '' : 'chosen'}>
      <th scope="row">
        <label>
          <input
            type="checkbox"
            checked={slot !== undefined}
            disabled={slot === undefined && isFull}
            onChange={() => toggle(key)}
          />
          <span
            class="swatch"
            style={{ background: slot === undefined ? 'transparent' : colorOf(slot, isNight) }}
          />
          <span class="name">{name}</span>
        </label>
        <span class="quiet sub">{preset}</span>
      </th>
      <td>
        <span class={`state ${state}`}>{words[state]}</span>
        <RunActions run={run} />
      </td>
      <td>
        <span class="lately">
          <Sparkline values={spark.values} />
          {last !== undefined && (
            <span class="quiet sub">
              {spark.name} {figure(last)}
            </span>
          )}
        </span>
      </td>
      <td>
        <progress max={Math.max(1, steps)} value={step} aria-label={`steps of ${name}`} />
        <span class="sub">
          {grouped(step)} of {grouped(steps)}
        </span>
      </td>
      <td>{speed === undefined ? '–' : perSecond(speed)}</td>
      <td>
        {left === undefined ? <span class="quiet">took {duration(seconds)}</span> : duration(left)}
      </td>
    </tr>
  );
}
