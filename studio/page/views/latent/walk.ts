/** Moving by itself: a walk through the field, and the frames of a walk to keep. */
import { reach } from './field.js';
import type { Find, Point } from './finds.js';
import { blend } from './latents.js';
import type { Field } from './Pad.js';
import type { Position } from './position.js';

/** A longer break, as of a page that was hidden, is none of the walk. */
const longestBreak = 0.1;

/**
 * Where a walk is after a while: from seed to seed along the row, or once around the four pictures in
 * four such steps.
 * @param seconds since it was at `at`
 * @param speed pictures of the field a second
 */
export function walked(at: Position, seconds: number, speed: number, isBlend: boolean): Position {
  const way = Math.min(longestBreak, seconds) * speed;
  if (!isBlend) return { x: at.x + way, y: at.y };
  const angle = Math.atan2(at.y - 0.5, at.x - 0.5) + (2 * Math.PI * way) / reach;
  return onCircle(angle);
}

const onCircle = (angle: number): Position => ({
  x: 0.5 + 0.5 * Math.cos(angle),
  y: 0.5 + 0.5 * Math.sin(angle),
});

/** Frames from one find to the next. */
const framesBetween = 16;
const framesAround = 48;
export const frameMs = 60;

/**
 * The points of a walk that ends where it begins: through the finds where there are two, around the four
 * pictures, or three seeds along the row and back.
 */
export function loop(
  finds: readonly Find[],
  field: Field,
  at: Position,
  isBlend: boolean,
): Point[] {
  if (finds.length >= 2) {
    return finds.flatMap((find, i) => {
      const next = finds[(i + 1) % finds.length]!;
      return times(framesBetween, (share) => mixed(find, next, share));
    });
  }
  if (isBlend) return times(framesAround, (share) => field.pointAt(onCircle(2 * Math.PI * share)));
  return times(framesAround, (share) =>
    field.pointAt({ x: at.x + 3 * (1 - Math.abs(2 * share - 1)), y: at.y }),
  );
}

const times = (count: number, at: (share: number) => Point): Point[] =>
  Array.from({ length: count }, (_, i) => at(i / count));

const mixed = (from: Point, to: Point, share: number): Point => ({
  latent: blend([from.latent, to.latent], [1 - share, share]),
  ...(from.label &&
    to.label && {
      label: from.label.map((value, i) => (1 - share) * value + share * to.label![i]!),
    }),
});
