/** Pictures of all chosen runs at one step, which a slider moves. */
import { useEffect, useState } from 'preact/hooks';
import { ChooseRuns, type ShownRun, useShown } from '../../parts/ChooseRuns.js';
import { useShortcuts } from '../../parts/keys.js';
import { speak } from '../../parts/live.js';
import { grouped } from '../../parts/text.js';
import { isCalm } from '../../parts/theme.js';
import { useDetails } from '../../state/details.js';
import { useHistories } from '../../state/histories.js';
import { lastAtMost } from '../../state/history.js';
import { runs } from '../../state/runs.js';
import { useStore } from '../../state/store.js';
import { useNumber, useParam } from '../../state/url.js';
import { Curves } from '../list/Curves.js';
import { Curtain } from './Curtain.js';
import { Figures } from './Figures.js';
import { Grid } from './Grid.js';
import { Strip } from './Strip.js';
import type { Shown } from './shown.js';

/** Between two pictures while playing, milliseconds. */
const playMs = 450;

const hasPictures = ({ pictures }: { readonly pictures: number }): boolean => pictures > 0;

export function Pictures() {
  const known = useStore(runs);
  const choice = useShown(hasPictures);
  if (![...known.values()].some(hasPictures)) {
    return <p class="quiet">No run has drawn pictures yet: GANs do, while they train.</p>;
  }
  return (
    <>
      <ChooseRuns {...choice} />
      {choice.shown.length === 0 ? (
        <p class="quiet">Choose runs to see what they drew.</p>
      ) : (
        <InTime shown={choice.shown} />
      )}
    </>
  );
}

function InTime({ shown }: { readonly shown: readonly ShownRun[] }) {
  const details = useDetails(shown.map(({ run }) => run));
  const histories = useHistories(shown.map(({ run }) => run.key));
  const [stepText, setStep] = useParam('step');
  const [form, setForm] = useParam('as', 'side');
  const [scale, setScale] = useNumber('size', 1.5, 0.5, 4);
  const calm = useStore(isCalm);
  const [isStrip, setStrip] = useState(calm);
  const [isPlaying, setPlaying] = useState(false);
  const steps = [...new Set(shown.flatMap(({ run }) => details.get(run.key)?.pictures ?? []))].sort(
    (a, b) => a - b,
  );
  const last = steps.length - 1;
  // Without a choice, the newest: pictures that come are followed.
  const place = stepText === '' ? last : Math.max(0, lastAtMost(steps, Number(stepText)));
  const step = steps[place] ?? 0;
  const goTo = (next: number): void => {
    const within = Math.min(last, Math.max(0, next));
    setStep(within === last ? '' : String(steps[within]));
    speak(`step ${steps[within]}`);
  };
  const play = (): void => {
    if (!isPlaying && place === last) goTo(0);
    setPlaying(!isPlaying);
  };

  useEffect(() => {
    if (!isPlaying) return;
    if (place >= last) {
      setPlaying(false);
      return;
    }
    const timer = setTimeout(
      () => setStep(place + 1 === last ? '' : String(steps[place + 1])),
      playMs,
    );
    return () => clearTimeout(timer);
  }, [isPlaying, place, last]);

  useShortcuts([
    { key: ' ', what: 'play or pause the pictures', act: play },
    { key: '[', what: 'the pictures before', act: () => goTo(place - 1) },
    { key: ']', what: 'the pictures after', act: () => goTo(place + 1) },
  ]);

  const drawn = shown.flatMap((one): Shown[] => {
    const detail = details.get(one.run.key);
    if (detail === undefined || detail.pictures.length === 0) return [];
    const at = Math.max(0, lastAtMost(detail.pictures, step));
    return [{ ...one, detail, step: detail.pictures[at]! }];
  });
  if (drawn.length === 0) return <p class="quiet">Reading …</p>;
  return (
    <>
      <div class="controls">
        <button type="button" class="main" onClick={play}>
          {isPlaying ? 'Pause' : 'Play'}
        </button>
        <label class="step">
          Step{' '}
          <input
            type="range"
            min="0"
            max={Math.max(0, last)}
            value={place}
            aria-valuetext={`step ${step}`}
            onInput={({ currentTarget }) => {
              setPlaying(false);
              goTo(currentTarget.valueAsNumber);
            }}
          />
        </label>
        <output>
          {grouped(step)} of {grouped(steps[last] ?? 0)}
        </output>
        <label>
          Shown{' '}
          <select value={form} onChange={({ currentTarget }) => setForm(currentTarget.value)}>
            <option value="side">side by side</option>
            <option value="curtain">under a curtain</option>
          </select>
        </label>
        <label>
          Size{' '}
          <input
            type="range"
            min="0.5"
            max="4"
            step="0.5"
            value={scale}
            onInput={({ currentTarget }) => setScale(currentTarget.valueAsNumber)}
          />
        </label>
        <label>
          <input
            type="checkbox"
            checked={isStrip}
            onChange={({ currentTarget }) => setStrip(currentTarget.checked)}
          />{' '}
          all in a row
        </label>
      </div>
      {form === 'curtain' ? (
        <Curtain shown={drawn} scale={scale} />
      ) : (
        <div class="grids">
          {drawn.map((one) => (
            <Grid key={one.run.key} shown={one} at={step} scale={scale}>
              <Figures history={histories.get(one.run.key)} step={one.step} />
            </Grid>
          ))}
        </div>
      )}
      {isStrip &&
        drawn.map((one) => (
          <Strip key={one.run.key} shown={one} onStep={(at) => setStep(String(at))} />
        ))}
      <section aria-label="Curves" class="below">
        <Curves
          chosen={shown.map(({ run, slot }) => ({ key: run.key, slot }))}
          style={{ isTime: false, weight: 0.6, isLog: false }}
          mark={step}
          only={2}
        />
      </section>
    </>
  );
}
