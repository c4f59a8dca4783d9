/** A field of small pictures with a cross that is dragged over it. */
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { speak } from '../../parts/live.js';
import { useStore } from '../../state/store.js';
import type { Point } from './finds.js';
import type { Generator } from './generator.js';
import { type Position, position } from './position.js';

/** What the pad shows: pictures at the places of a grid, the corner ones in its corners. */
export interface Field {
  /** The same as long as the same pictures are shown. */
  readonly id: string;
  /** The same as long as the same place has the same picture. */
  readonly look: string;
  /** Pictures in each direction. */
  readonly count: number;
  /** Of the upper left picture, and from it to the lower right. */
  readonly from: Position;
  readonly size: number;
  /** Where the cross may be. */
  readonly clamp: (to: Position) => Position;
  readonly pointAt: (at: Position) => Point;
  readonly nameOf: (at: Position) => string;
}

export function Pad({
  generator,
  field,
}: {
  readonly generator: Generator;
  readonly field: Field;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const cross = useRef<HTMLSpanElement>(null);
  const pad = useRef<HTMLDivElement>(null);
  const { count, from, size } = field;

  useEffect(() => {
    let isWanted = true;
    void fill(canvas.current!, generator, field, () => isWanted);
    return () => {
      isWanted = false;
    };
  }, [generator, field.id]);

  useCross(cross, field);

  const moveTo = (event: PointerEvent): void => {
    const { left, top, width, height } = pad.current!.getBoundingClientRect();
    const cell = {
      x: ((event.clientX - left) / width) * count,
      y: ((event.clientY - top) / height) * count,
    };
    const at = (share: number, start: number): number =>
      start + (Math.min(count - 0.5, Math.max(0.5, share)) - 0.5) * (size / (count - 1));
    position.set(field.clamp({ x: at(cell.x, from.x), y: at(cell.y, from.y) }));
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    const [dx, dy] = directions[event.key] ?? [0, 0];
    if ((dx === 0 && dy === 0) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const step = (size / (count - 1)) * (event.shiftKey ? 1 : 0.1);
    const { x, y } = position.value;
    const next = field.clamp({ x: x + dx * step, y: y + dy * step });
    position.set(next);
    speak(field.nameOf(next));
  };

  return (
    <div
      ref={pad}
      class="latent-pad"
      role="application"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: its cross moves by keys
      tabIndex={0}
      data-keys
      aria-label="Latents: arrow keys move the cross, with Shift a whole picture further."
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        pad.current!.setPointerCapture(event.pointerId);
        moveTo(event);
      }}
      onPointerMove={(event) => {
        if (pad.current!.hasPointerCapture(event.pointerId)) moveTo(event);
      }}
    >
      <canvas ref={canvas} />
      <span ref={cross} class="cross" />
    </div>
  );
}

const directions: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Keeps the cross where the position is, without drawing the page again. */
function useCross(cross: { readonly current: HTMLSpanElement | null }, field: Field): void {
  const latest = useRef(field);
  latest.current = field;
  const place = (): void => {
    const { count, from, size } = latest.current;
    const share = (value: number, start: number): string =>
      `${(100 * (((value - start) / size) * (count - 1) + 0.5)) / count}%`;
    const { x, y } = position.value;
    Object.assign(cross.current!.style, { left: share(x, from.x), top: share(y, from.y) });
  };
  useLayoutEffect(place);
  useEffect(() => position.watch(place), []);
}

/** Pictures of the field by what draws them, for when the same ones are shown elsewhere in it. */
const known = new WeakMap<Generator, Map<string, ImageData>>();
const mostKnown = 500;

async function drawn(
  generator: Generator,
  { look, pointAt }: Field,
  at: Position,
): Promise<ImageData> {
  let images = known.get(generator);
  if (images === undefined || images.size > mostKnown) {
    images = new Map();
    known.set(generator, images);
  }
  const id = `${look} ${at.x},${at.y}`;
  const image = images.get(id) ?? (await generator.draw(pointAt(at)));
  images.set(id, image);
  return image;
}

/** One picture after the other, so that the one that is looked at need not wait for all. */
async function fill(
  canvas: HTMLCanvasElement,
  generator: Generator,
  field: Field,
  isWanted: () => boolean,
): Promise<void> {
  const { count, from, size } = field;
  const [height, width] = generator.shape;
  Object.assign(canvas, { width: width * count, height: height * count });
  const context = canvas.getContext('2d')!;
  for (let k = 0; k < count ** 2; k++) {
    const [column, row] = [k % count, Math.floor(k / count)];
    const step = size / (count - 1);
    const begun = performance.now();
    const at = { x: from.x + column * step, y: from.y + row * step };
    const image = await drawn(generator, field, at);
    if (!isWanted()) return;
    context.putImageData(image, column * width, row * height);
    // Between two pictures that were computed the page answers its visitor.
    if (performance.now() - begun > 1) await new Promise((resolve) => setTimeout(resolve));
    if (!isWanted()) return;
  }
}

/** The picture's place in words, drawn again as it moves. */
export const Where = ({ nameOf }: { readonly nameOf: Field['nameOf'] }) => (
  <span>{nameOf(useStore(position))}</span>
);
