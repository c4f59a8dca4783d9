/** The curves of the runs that were chosen, over steps or time, and how their configurations differ. */
import type { Chosen } from '../../state/chosen.js';
import { runs } from '../../state/runs.js';
import { useStore } from '../../state/store.js';
import { useNumber, useParam } from '../../state/url.js';
import { Curves } from './Curves.js';
import { Differences } from './Differences.js';

export function Compare({ chosen }: { readonly chosen: readonly Chosen[] }) {
  const known = useStore(runs);
  const [axis, setAxis] = useParam('x', 'step');
  const [weight, setWeight] = useNumber('smooth', 0.6, 0, 0.999);
  const [log, setLog] = useParam('log');
  const [zoomText, setZoom] = useParam('zoom');
  const style = { isTime: axis === 'time', weight, isLog: log === '1' };
  const shown = chosen.flatMap((one) => known.get(one.key) ?? []);
  return (
    <section aria-label="Curves" class="compare">
      <div class="controls">
        <label>
          Over{' '}
          <select
            value={axis}
            onChange={({ currentTarget }) => {
              setAxis(currentTarget.value);
              setZoom('');
            }}
          >
            <option value="step">steps</option>
            <option value="time">time</option>
          </select>
        </label>
        <label>
          Smoothing{' '}
          <input
            type="range"
            min="0"
            max="0.99"
            step="0.01"
            value={weight}
            onInput={({ currentTarget }) => setWeight(currentTarget.valueAsNumber)}
          />{' '}
          <output>{weight}</output>
        </label>
        <label>
          <input
            type="checkbox"
            checked={style.isLog}
            onChange={({ currentTarget }) => setLog(currentTarget.checked ? '1' : '')}
          />{' '}
          logarithmic
        </label>
        <button type="button" disabled={zoomText === ''} onClick={() => setZoom('')}>
          Show all
        </button>
      </div>
      <Curves chosen={chosen} style={style} zoomText={zoomText} setZoom={setZoom} />
      <Differences runs={shown} />
    </section>
  );
}
