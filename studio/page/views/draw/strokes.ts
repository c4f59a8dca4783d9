/** Lines on a square pad, and the pen that keys move. */

/** 0 … 1 from the left and from the top. */
export interface Spot {
  readonly x: number;
  readonly y: number;
}

export type Stroke = readonly Spot[];

/** Of a line, as a share of the pad's side: MNIST's are about two of its 20 pixels wide. */
const thickness = 0.075;

/** Draws strokes, white on black. */
export function drawStrokes(context: CanvasRenderingContext2D, strokes: readonly Stroke[]): void {
  const { width: side } = context.canvas;
  context.fillStyle = '#000';
  context.fillRect(0, 0, side, side);
  Object.assign(context, {
    strokeStyle: '#fff',
    fillStyle: '#fff',
    lineWidth: thickness * side,
    lineCap: 'round',
    lineJoin: 'round',
  });
  for (const stroke of strokes) {
    context.beginPath();
    const [first, ...others] = stroke;
    if (first === undefined) continue;
    context.moveTo(first.x * side, first.y * side);
    // A dot is a line too.
    if (others.length === 0) context.lineTo(first.x * side + 0.01, first.y * side);
    for (const { x, y } of others) context.lineTo(x * side, y * side);
    context.stroke();
  }
}

/** Strokes with the last one longer by a spot. */
export const longer = (strokes: readonly Stroke[], spot: Spot): readonly Stroke[] => [
  ...strokes.slice(0, -1),
  [...(strokes.at(-1) ?? []), spot],
];

const within = (value: number): number => Math.min(0.98, Math.max(0.02, value));

/** Where a key moves the pen to; undefined where it does not. */
export function moved({ x, y }: Spot, key: string, step: number): Spot | undefined {
  switch (key) {
    case 'ArrowLeft':
      return { x: within(x - step), y };
    case 'ArrowRight':
      return { x: within(x + step), y };
    case 'ArrowUp':
      return { x, y: within(y - step) };
    case 'ArrowDown':
      return { x, y: within(y + step) };
    default:
      return undefined;
  }
}
