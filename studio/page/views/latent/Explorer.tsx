/** One generator to play with: where one is, what is drawn there, what is kept. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { RunSummary } from '../../../shared/protocol.js';
import { useDrop } from '../../parts/drop.js';
import { useShortcuts } from '../../parts/keys.js';
import { speak } from '../../parts/live.js';
import { save } from '../../parts/save.js';
import { useStore } from '../../state/store.js';
import { useNumber, useParam } from '../../state/url.js';
import { Command } from './Command.js';
import { Controls, usualCorners, usualWithin } from './Controls.js';
import { FindRow } from './FindRow.js';
import { fieldOf } from './field.js';
import { gifFile, latentFile, pngFile, readLatent } from './files.js';
import { type Find, Finds, type Point } from './finds.js';
import type { Generator } from './generator.js';
import { useAddress, useCorner, useLabel, useWalk } from './hooks.js';
import { Pad, Where } from './Pad.js';
import { Pages } from './Pages.js';
import { Picture } from './Picture.js';
import { position } from './position.js';
import { frameMs, loop } from './walk.js';

export function Explorer({
  run,
  generator,
}: {
  readonly run: RunSummary;
  readonly generator: Generator;
}) {
  const { latentDim, labelDim: numClasses, classNames, attributes } = generator;
  const store = useMemo(() => new Finds(run.key, latentDim, numClasses), [run.key, generator]);
  const finds = useStore(store);
  const [blendText, setBlend] = useParam('blend');
  const [corners] = useParam('corners', usualCorners);
  const [within] = useNumber('within', usualWithin, 0.1, usualWithin);
  const [speed] = useNumber('speed', 1, 0.1, 5);
  const label = useLabel(generator);
  const isBlend = blendText === '1';
  const corner = useCorner();
  const choices = {
    isBlend,
    corners: corners.split(',').slice(0, 4),
    within: within === usualWithin ? Number.POSITIVE_INFINITY : within,
    label,
  };
  const id = JSON.stringify({
    ...choices,
    label: label && [...label],
    corner,
    finds: isBlend && finds.map((find) => find.id),
  });
  const field = useMemo(() => fieldOf(generator, choices, corner, finds), [generator, id]);
  /** What was taken out of the row of finds, or of a file; until the cross moves. */
  const [held, hold] = useState<(Point & { readonly name: string }) | undefined>();
  const [isWalking, setWalking] = useState(false);
  const [busy, setBusy] = useState('');
  const [problem, setProblem] = useState('');
  const shown = useRef<ImageData>(undefined);

  useAddress(isBlend);
  useEffect(() => position.watch(() => hold(undefined)), []);
  useWalk(isWalking, speed, isBlend);

  const className = classNames[label?.indexOf(1) ?? -1];
  const current = (): Point => held ?? field.pointAt(position.value);
  const name = (): string => held?.name ?? field.nameOf(position.value);
  const keep = (): void => {
    store.add(current(), name());
    speak(`kept ${name()}`);
  };
  const elsewhere = (): void => {
    const [a, b] = crypto.getRandomValues(new Uint32Array(2)) as unknown as [number, number];
    position.set(isBlend ? { x: a / 2 ** 32, y: b / 2 ** 32 } : { x: a % 1000, y: b % 1000 });
    speak(field.nameOf(position.value));
  };
  const toggleWalk = (): void => setWalking(!isWalking);
  useDrop((files) => void open(files));
  useShortcuts([
    { key: ' ', what: 'walk, or stand', act: toggleWalk },
    { key: 'k', what: 'keep the picture', act: keep },
    { key: 'e', what: 'go elsewhere', act: elsewhere },
  ]);

  const file = (kind: string): string =>
    `${run.name.replaceAll('/', '-')}-${name().replace(/[^\w.]+/g, '-')}.${kind}`;
  const saveGif = async (): Promise<void> => {
    setBusy('The GIF is being drawn …');
    const frames: ImageData[] = [];
    for (const point of loop(finds, field, position.value, isBlend))
      frames.push(await generator.draw(point));
    save(file('gif'), gifFile(frames, frameMs));
    setBusy('');
  };
  const open = async (files: FileList | null | undefined): Promise<void> => {
    const [first] = files ?? [];
    if (first === undefined) return;
    try {
      hold({ ...(await readLatent(first, latentDim, numClasses)), name: first.name });
      setWalking(false);
      setProblem('');
    } catch (thrown) {
      setProblem((thrown as Error).message);
    }
  };

  return (
    <div class="explorer">
      <section aria-label="Picture" class="drawn">
        <Picture generator={generator} field={field} held={held} shown={shown} />
        <p class="place">
          {held === undefined ? <Where nameOf={field.nameOf} /> : <span>{held.name}</span>}
        </p>
        <div class="controls">
          <button type="button" class="main" onClick={keep}>
            Keep
          </button>
          <button
            type="button"
            onClick={() =>
              shown.current && void pngFile(shown.current).then((png) => save(file('png'), png))
            }
          >
            PNG
          </button>
          <button type="button" disabled={busy !== ''} onClick={() => void saveGif()}>
            GIF{finds.length >= 2 ? ' of the finds' : ''}
          </button>
          <button
            type="button"
            onClick={() => save(file('json'), latentFile(current(), run.name, generator.step))}
          >
            Latent
          </button>
          <label class="button">
            Open a latent …
            <input
              type="file"
              class="unseen"
              accept=".json,application/json"
              onChange={({ currentTarget }) => void open(currentTarget.files)}
            />
          </label>
        </div>
        {busy !== '' && <p role="status">{busy}</p>}
        {problem !== '' && <p role="alert">{problem}</p>}
        {!isBlend && held === undefined && attributes.length === 0 && (
          <Command
            run={run}
            className={className}
            // Between two classes there is no command's picture.
            isCertain={within === usualWithin && (label === undefined || className !== undefined)}
          />
        )}
      </section>
      <section aria-label="Where" class="where-to">
        <Controls
          classNames={classNames}
          attributes={attributes}
          finds={finds}
          isBlend={isBlend}
          setBlend={(next) => {
            // Each field has places of its own.
            position.set(next ? { x: 0.5, y: 0.5 } : { x: 0, y: 0 });
            setBlend(next ? '1' : '');
          }}
        />
        <Pad generator={generator} field={field} />
        <div class="controls">
          <button type="button" aria-pressed={isWalking} onClick={toggleWalk}>
            {isWalking ? '❚❚ Stand' : '▶ Walk'}
          </button>
          <button type="button" onClick={elsewhere}>
            Elsewhere
          </button>
          {!isBlend && <Pages />}
        </div>
      </section>
      <FindRow
        generator={generator}
        finds={finds}
        onShow={(find: Find) => {
          setWalking(false);
          hold(find);
          speak(find.name);
        }}
        onRemove={(find: Find) => store.remove(find.id)}
      />
    </div>
  );
}
