/**
 * Whether pictures show what they were asked for, attribute by attribute, as classifiers of each read them.
 *
 * Axes: N images, A attributes, K values of an attribute.
 */
import { type Attribute, attributesNamed } from '../src/data/attributes.js';
import type { ImageDataset } from '../src/data/dataset.js';
import { type FeatureExtractor, recognised, shareOf } from '../src/scores/index.js';
import type { Condition } from './condition.js';

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

/**
 * Prepares to score any number of generators: what the readers make of held-out images is found once.
 * @returns scores of images; undefined where none of the conditions has a reader
 */
export function attributeScorer(
  readers: AttributeReaders,
  heldOut: ImageDataset | undefined,
): (asked: AskedImages) => Promise<AttributeScores | undefined> {
  const floors = new Map<string, Promise<number>>();
  const floorOf = (name: string, reader: FeatureExtractor, real: ImageDataset): Promise<number> => {
    const [{ labels }] = attributesNamed(real, [name]) as [Attribute];
    const found = floors.get(name) ?? readAs(reader, real.images, labels).then(shareOf);
    floors.set(name, found);
    return found;
  };
  return async ({ pixels, labels, conditions }) => {
    const isAll = Array.from({ length: labels.length / conditions.length }, () => true);
    const attributes: AttributeScore[] = [];
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
        ...{ attribute: name, reader: reader.name, askedShare: shareOf(isShown) },
        ...(heldOut && { floor: await floorOf(name, reader, heldOut) }),
      });
    }
    return attributes.length === 0 ? undefined : { attributes, allShare: shareOf(isAll) };
  };
}

/** Of each image, whether the reader takes it for what it is said to show. */
async function readAs(
  { extract }: FeatureExtractor,
  pixels: Uint8Array | Float32Array,
  said: ArrayLike<number>,
): Promise<readonly boolean[]> {
  return recognised((await extract(pixels)).probabilities, said);
}
