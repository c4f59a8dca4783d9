/**
 * Whether pictures show what they were asked for, attribute by attribute, as classifiers of each read them.
 *
 * Axes: N images, A attributes, K values of an attribute.
 */
import { type Attribute, attributesNamed } from '../src/data/attributes.js';
import type { Condition } from '../src/data/conditions.js';
import type { ImageDataset } from '../src/data/dataset.js';
import { type FeatureExtractor, recognised } from '../src/scores/index.js';

/** Of one attribute, as shares of the images, 0 … 1. */
export interface AttributeScore {
  /** `hairColor` */
  readonly attribute: string;
  readonly reader: string;
  /** Images that show the value they were asked for. */
  readonly askedShare: number;
  /** Held-out images that the reader recognises: what it can tell at all. */
  readonly floor?: number;
}

export interface AttributeScores {
  readonly attributes: readonly AttributeScore[];
  /** Images that show every value they were asked for. */
  readonly allShare: number;
}

/** Classifiers that tell an attribute's values, by its name. */
export type AttributeReaders = ReadonlyMap<string, FeatureExtractor>;

export interface AskedImages {
  /** [N, H, W, C], 0 … 255. */
  readonly pixels: Float32Array;
  /** What each was asked for, [N, A], numbered as `gatherConditions` does. */
  readonly labels: Int32Array;
  readonly conditions: readonly Condition[];
}

/** The same in numbers of images, which add up over parts. */
export interface AttributeCounts {
  readonly attributes: readonly {
    readonly attribute: string;
    readonly reader: string;
    readonly shown: Counted;
    readonly floor?: Counted;
  }[];
  readonly all: Counted;
}

/** So many images met of so many. */
export interface Counted {
  readonly met: number;
  readonly of: number;
}

/**
 * Prepares to judge any number of generators: what the readers make of held-out images is found once.
 * @returns counts of images; undefined where none of the conditions has a reader
 */
export function attributeCounter(
  readers: AttributeReaders,
  heldOut: ImageDataset | undefined,
): (asked: AskedImages) => Promise<AttributeCounts | undefined> {
  const floors = new Map<string, Promise<Counted>>();
  const floorOf = (
    name: string,
    reader: FeatureExtractor,
    real: ImageDataset,
  ): Promise<Counted> => {
    const [{ labels }] = attributesNamed(real, [name]) as [Attribute];
    const found = floors.get(name) ?? readAs(reader, real.images, labels).then(counted);
    floors.set(name, found);
    return found;
  };
  return async ({ pixels, labels, conditions }) => {
    const isAll = Array.from({ length: labels.length / conditions.length }, () => true);
    const attributes: AttributeCounts['attributes'][number][] = [];
    let first = 0;
    for (const [a, { name, values }] of conditions.entries()) {
      const number = first;
      first += values.length;
      const reader = name === undefined ? undefined : readers.get(name);
      if (name === undefined || reader === undefined) continue;
      const asked = isAll.map((_, i) => labels[i * conditions.length + a]! - number);
      const isShown = await readAs(reader, pixels, asked);
      for (const [i, shown] of isShown.entries()) isAll[i] &&= shown;
      attributes.push({
        ...{ attribute: name, reader: reader.name, shown: counted(isShown) },
        ...(heldOut && { floor: await floorOf(name, reader, heldOut) }),
      });
    }
    return attributes.length === 0 ? undefined : { attributes, all: counted(isAll) };
  };
}

/** @param parts of the same attributes, by the same readers */
export function attributeScores(parts: readonly AttributeCounts[]): AttributeScores {
  const share = (counts: readonly Counted[]): number =>
    counts.reduce((sum, { met }) => sum + met, 0) / counts.reduce((sum, { of }) => sum + of, 0);
  const [first] = parts as [AttributeCounts];
  return {
    attributes: first.attributes.map(({ attribute, reader }, a) => {
      const own = parts.map(({ attributes }) => attributes[a]!);
      const floors = own.flatMap(({ floor }) => floor ?? []);
      return {
        ...{ attribute, reader, askedShare: share(own.map(({ shown }) => shown)) },
        ...(floors.length > 0 && { floor: share(floors) }),
      };
    }),
    allShare: share(parts.map(({ all }) => all)),
  };
}

const counted = (met: readonly boolean[]): Counted => ({
  met: met.filter(Boolean).length,
  of: met.length,
});

/** Of each image, whether the reader takes it for what it is said to show. */
async function readAs(
  { extract }: FeatureExtractor,
  pixels: Uint8Array | Float32Array,
  said: ArrayLike<number>,
): Promise<readonly boolean[]> {
  return recognised((await extract(pixels)).probabilities, said);
}
