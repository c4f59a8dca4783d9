/** The pad, what the net sees of it, and what it says. */
import { useEffect, useState } from 'preact/hooks';
import { useDrop } from '../../parts/drop.js';
import { useShortcuts } from '../../parts/keys.js';
import { speak } from '../../parts/live.js';
import type { PageModel } from '../../state/model.js';
import { useParam } from '../../state/url.js';
import { Bars, bestOf, percent } from './Bars.js';
import { DrawPad } from './DrawPad.js';
import { useNewest } from './newest.js';
import { seenOf, squareOf } from './pictures.js';
import { SeenPicture } from './SeenPicture.js';
import { isMnists, isOfDigits, type Shape } from './seen.js';
import type { Stroke } from './strokes.js';

export function Recogniser({ model }: { readonly model: PageModel }) {
  const { info } = model;
  const shape = info.inputs[0]!.shape.slice(1) as unknown as Shape;
  const usual = isOfDigits(info.classNames) ? 'yes' : 'no';
  const [centred, setCentred] = useParam('centred', usual);
  const isDigit = isMnists(shape) && centred === 'yes';
  const [strokes, setStrokes] = useState<readonly Stroke[]>([]);
  const [photo, setPhoto] = useState<HTMLCanvasElement>();
  const [problem, setProblem] = useState('');
  const [seen, setSeen] = useState<Uint8Array>();
  const [probabilities, setProbabilities] = useState<Float32Array>();

  useEffect(() => {
    const next = seenOf(strokes, photo, isDigit, shape);
    setSeen(next);
    if (next === undefined) setProbabilities(undefined);
  }, [strokes, photo, isDigit, model]);
  useNewest(model, seen, setProbabilities);

  const best = bestOf(probabilities);
  const names =
    info.classNames.length > 0
      ? info.classNames
      : Array.from(probabilities ?? [], (_, k) => String(k));
  useEffect(() => {
    if (probabilities === undefined) return;
    // The pen's own lines must not swallow it.
    return speak(`${names[best]}, ${percent(probabilities[best]!)}`, 700, 'verdict');
  }, [probabilities]);

  const clear = (): void => {
    setStrokes([]);
    setPhoto(undefined);
    setProblem('');
  };
  const open = async (files: FileList | null): Promise<void> => {
    const [first] = files ?? [];
    if (first === undefined) return;
    try {
      const next = await squareOf(first);
      setStrokes([]);
      setPhoto(next);
      setProblem('');
    } catch {
      setProblem(`${first.name} is no picture that this browser opens`);
    }
  };
  useDrop((files) => void open(files));
  useShortcuts([
    { key: 'c', what: 'clear the pad', act: clear },
    { key: 'u', what: 'take the last line back', act: () => setStrokes(strokes.slice(0, -1)) },
  ]);

  return (
    <div class="recogniser">
      <section aria-label="Drawing">
        <DrawPad
          strokes={strokes}
          photo={photo}
          onStrokes={(next) => {
            setPhoto(undefined);
            setStrokes(next);
          }}
          onClear={clear}
        />
        <div class="controls">
          <button type="button" class="main" onClick={clear}>
            Clear
          </button>
          <button
            type="button"
            disabled={strokes.length === 0}
            onClick={() => setStrokes(strokes.slice(0, -1))}
          >
            Take back
          </button>
          <label class="button">
            A photograph …
            <input
              type="file"
              class="unseen"
              accept="image/*"
              onChange={({ currentTarget }) => void open(currentTarget.files)}
            />
          </label>
        </div>
        {isMnists(shape) && (
          <label>
            <input
              type="checkbox"
              checked={isDigit}
              onChange={({ currentTarget }) => setCentred(currentTarget.checked ? 'yes' : 'no')}
            />{' '}
            centred as MNIST’s digits are
          </label>
        )}
        {problem !== '' && <p role="alert">{problem}</p>}
        {photo !== undefined && seen === undefined && (
          <p role="alert">Nothing stands out from the background of this picture.</p>
        )}
      </section>
      <section aria-label="What the net sees">
        <SeenPicture seen={seen} shape={shape} />
        <p class="quiet">
          What the net sees: {shape[1]} × {shape[0]} pixels
        </p>
        <p class="verdict">{probabilities === undefined ? 'Draw something.' : `${names[best]}`}</p>
      </section>
      <section aria-label="What it says">
        <Bars names={names} probabilities={probabilities} />
      </section>
    </div>
  );
}
