/**
 * The emoji of two vendors, who draw the same things: the pairs are known, and held back. Of each thing
 * training sees one vendor's drawing and never the other's.
 */

import { attributesFrom } from '../../src/data/attributes.js';
import type { ImageDataset } from '../../src/data/dataset.js';
import { subset } from '../../src/data/dataset.js';
import { type Emoji, emojiOf } from '../../src/data/drawings/emoji.js';
import { rasterise, requireRasterSize } from '../../src/data/drawings/rasterise.js';
import { InputError } from '../../src/errors.js';
import { RandomStream } from '../../src/random.js';
import { asOneDataset } from '../domains.js';
import type { DomainSplits } from './splits.js';

/** Names of vendors that are too long to type. */
const shortNames: Readonly<Record<string, string>> = { fluent: 'fluent-emoji-flat' };

/** Share of the names whose pairs are held back. */
const testShare = 0.15;
/** Belongs to what the name means in a published result: changing it changes who sees what. */
const splitSeed = 1998;

export interface EmojiOptions {
  /** Side in pixels. */
  readonly size: number;
  readonly say?: ((line: string) => void) | undefined;
  readonly cacheFolder?: string | undefined;
}

/**
 * Of the names that both vendors have, a fixed 15% are the test set, the same names on both sides in the
 * same order; of the others, A has one half and B the other.
 *
 * @param vendors of A and B
 * @throws InputError where they are one, or unknown, or a package is not installed or damaged
 */
export async function loadEmojiPair(
  vendors: readonly [string, string],
  { size, say, cacheFolder }: EmojiOptions,
): Promise<DomainSplits> {
  const source = `emoji:${vendors.join(',')}`;
  const need = `--data ${source}`;
  const [nameA, nameB] = vendors.map((name) => shortNames[name] ?? name) as [string, string];
  if (nameA === nameB) throw new InputError(`${need}: give two vendors, not one twice`);
  requireRasterSize(size, need);
  const [a, b] = [await emojiOf(nameA, need), await emojiOf(nameB, need)];
  const known = new Set(b.emoji.map(({ name }) => name));
  const names = a.emoji.flatMap(({ name }) => (known.has(name) ? [name] : []));
  const byName = new Map(a.emoji.map((one): [string, Emoji] => [one.name, one]));
  const attributes = attributesFrom(
    ['group'],
    names.map((name) => ({ group: byName.get(name)!.group })),
  );
  const order = RandomStream.fromSeed(splitSeed).split('emoji pairs').permutation(names.length);
  const testCount = Math.round(testShare * names.length);
  const test = order.subarray(0, testCount);
  const rest = order.subarray(testCount);
  const half = Math.ceil(rest.length / 2);

  const draw = async (vendor: string, { version, emoji }: typeof a): Promise<ImageDataset> => {
    const byName = new Map(emoji.map((one): [string, Emoji] => [one.name, one]));
    const drawings = names.map((name) => byName.get(name)!);
    const { images, count } = await rasterise(
      { count: drawings.length, drawings: () => drawings },
      {
        ...{
          need,
          name: `emoji-of-${vendors.join('-')}-${vendor}-${size}`,
          size,
          say,
          cacheFolder,
        },
        key: [version, names, 1],
      },
    );
    const shape = { height: size, width: size, channels: 3 };
    return { name: vendor, images, count, ...shape, labels: undefined, classNames: [], attributes };
  };
  const [ofA, ofB] = [await draw(nameA, a), await draw(nameB, b)];
  const train = { a: subset(ofA, rest.subarray(0, half)), b: subset(ofB, rest.subarray(half)) };
  return {
    train: asOneDataset(`${source} train`, train, vendors),
    test: asOneDataset(`${source} test`, { a: subset(ofA, test), b: subset(ofB, test) }, vendors),
    truth: { kind: 'pairs' },
  };
}
