/** The two fields that the cross moves in: a plane of seeds, and what lies between four pictures. */
import type { Find, Point } from './finds.js';
import type { Generator } from './generator.js';
import { between, placeOfSeed, planeLatent, seedAt, seedLatent, truncated } from './latents.js';
import type { Field } from './Pad.js';
import type { Position } from './position.js';

/** What is chosen beside the place. */
export interface Choices {
  readonly isBlend: boolean;
  /** Of four pictures; `17` is a seed, `find 2` a find. */
  readonly corners: readonly string[];
  /** Infinity does not limit latents. */
  readonly within: number;
  /** [K] */
  readonly label: Float32Array | undefined;
}

/** Pictures in each direction. */
const count = 5;
/** Seeds from the left end of the plane's part to the right one. */
export const reach = count - 1;

/** @param corner of the part of the plane that is shown, in whole seeds */
export function fieldOf(
  { latentDim }: Generator,
  { isBlend, corners, within, label }: Choices,
  corner: Position,
  finds: readonly Find[],
): Field {
  const seeds = new Map<number, Float32Array>();
  const seed = (number: number): Float32Array => {
    const known = seeds.get(number);
    if (known !== undefined) return known;
    const drawn = seedLatent(number, latentDim);
    seeds.set(number, drawn);
    return drawn;
  };
  const point = (latent: Float32Array): Point => ({
    latent: truncated(latent, within),
    ...(label && { label }),
  });
  const look = `${isBlend ? corners.join() : 'plane'} ${within} ${label?.join() ?? ''}`;
  if (!isBlend) {
    return {
      ...{ id: `${corner.x},${corner.y} ${look}`, look },
      ...{ count, from: corner, size: reach },
      clamp: (to) => to,
      pointAt: ({ x, y }) => point(planeLatent(x, y, seed)),
      nameOf: nameInPlane,
    };
  }
  const latents = corners.map((text) => latentOf(text, finds, seed));
  return {
    ...{ id: look, look },
    ...{ count, from: { x: 0, y: 0 }, size: 1 },
    clamp: ({ x, y }) => ({ x: within01(x), y: within01(y) }),
    pointAt: ({ x, y }) => point(between(latents, within01(x), within01(y))),
    nameOf: ({ x, y }) => `${percent(x)} to the right, ${percent(y)} down`,
  };
}

const latentOf = (
  text: string,
  finds: readonly Find[],
  seed: (number: number) => Float32Array,
): Float32Array => {
  const id = /^find (\d+)$/.exec(text)?.[1];
  const find = finds.find((one) => one.id === Number(id));
  return find?.latent ?? seed(/^\d{1,9}$/.test(text) ? Number(text) : 0);
};

/** The seed at a place that is one. */
export const seedOf = ({ x, y }: Position): number | undefined =>
  Number.isInteger(x) && Number.isInteger(y) ? seedAt(x, y) : undefined;

const nameInPlane = ({ x, y }: Position): string => {
  const seed = seedOf({ x, y });
  if (seed !== undefined) return `seed ${seed}`;
  return `near seed ${seedAt(Math.round(x), Math.round(y))} (${x.toFixed(2)}, ${y.toFixed(2)})`;
};

export const placeOf = (seed: number): Position => {
  const [x, y] = placeOfSeed(seed);
  return { x, y };
};

/** The part of the plane to show: the one that is shown, or where the place is beyond it, another. */
export function cornerFor({ x, y }: Position, shown: Position | undefined): Position {
  const next = (value: number, from: number | undefined): number =>
    from !== undefined && value >= from && value <= from + reach
      ? from
      : Math.round(value) - reach / 2;
  return { x: next(x, shown?.x), y: next(y, shown?.y) };
}

const within01 = (value: number): number => Math.min(1, Math.max(0, value));
const percent = (share: number): string => `${Math.round(100 * share)}%`;
