/**
 * Drawn faces: 10,000 avatars of a DiceBear style (https://www.dicebear.com), each from a seed of its
 * own, with what is to be seen on them.
 *
 * `faces` are those of `pixel-art`, whose drawings are CC0; `faces:STYLE` those of any other style that
 * is installed as `@dicebear/STYLE`, under a licence of its own. `faces#hair` are labelled by their hair.
 */
import { InputError } from '../../errors.js';
import { RandomStream } from '../../random.js';
import { areAttributes, attributesFrom, type StoredAttribute } from '../attributes.js';
import {
  checkedDataset,
  type DatasetSplits,
  type ImageDataset,
  labelledBy,
  subset,
} from '../dataset.js';
import { findPackage, importPackage } from '../packages.js';
import { stratifiedSplit } from '../split.js';
import { type Drawing, rasterise, requireRasterSize } from './rasterise.js';

/** How a set of faces is asked for. */
export interface FacesRequest {
  /** `pixel-art` */
  readonly style: string;
  /** Which attribute the labels are; the style's first. */
  readonly attribute?: string | undefined;
  /** Side in pixels. */
  readonly size: number;
  readonly say?: ((line: string) => void) | undefined;
  readonly cacheFolder?: string | undefined;
}

export const facesStyle = 'pixel-art';
export const facesSize = 32;
const count = 10_000;
const testShare = 0.2;
/** Belongs to what the name means in a published result: changing it changes the test set. */
const splitSeed = 1998;
/** Seeds that are tried before a style is found to have too few drawings. */
const mostSeeds = 4 * count;

/** Part of a style, and what it is called here: the same thing has one name in all styles. */
const renamed: Readonly<Record<string, string>> = { top: 'hair', head: 'hair' };
/** Named by DiceBear whatever is drawn, or the same on every face. */
const unseen = /^(primaryBackground|secondaryBackground|background)|^(style|base|nose|shape)$/;

/** The parts of DiceBear that are used; a style is a module that `createAvatar` takes. */
interface Avatar {
  toString(): string;
  toJson(): { readonly extra: Readonly<Record<string, unknown>> };
}
interface DiceBear {
  createAvatar(style: unknown, options: { readonly seed: string }): Avatar;
}

/**
 * 8,000 faces to train on and 2,000 to test on, RGB on white, no drawing twice; the split is the same
 * whatever their size and labels. Drawn at first use, in threads, and kept in the cache.
 *
 * @throws InputError where a package is not installed, or there is no such attribute
 */
export async function loadFaces(request: FacesRequest): Promise<DatasetSplits> {
  const { style, size, say, attribute } = request;
  const source = style === facesStyle ? 'faces' : `faces:${style}`;
  const need = `--data ${source}`;
  if (!/^[a-z][a-z0-9-]*$/.test(style)) {
    throw new InputError(
      `there is no style of faces called "${style}"; give one of DiceBear's, as faces:avataaars`,
    );
  }
  requireRasterSize(size, need);
  const [core, drawings] = ['@dicebear/core', `@dicebear/${style}`];
  const versions = [core, drawings].map((name) => `${name}@${findPackage(name, need).version}`);
  const described: Record<string, string>[] = [];
  const [{ createAvatar }, module] = (await Promise.all([
    importPackage(core, need),
    importPackage(drawings, need),
  ])) as [DiceBear, unknown];
  const { images, about } = await rasterise(
    {
      count,
      drawings: () => faces((seed) => createAvatar(module, { seed }), need, described),
      about: () => attributesOf(described),
    },
    {
      ...{ need, name: `faces-${style}-${size}`, size, say, cacheFolder: request.cacheFolder },
      key: [versions, count, 2],
    },
  );
  if (!areAttributes(about, count)) throw new RangeError(`${source}: no attributes in the cache`);
  return splitsOf(source, labelled(source, { images, size }, about, attribute));
}

/** Drawings of one seed after the other that are not there yet, and what each shows. */
function* faces(
  draw: (seed: string) => Avatar,
  need: string,
  described: Record<string, string>[],
): Generator<Drawing> {
  const seen = new Set<string>();
  for (let seed = 0; described.length < count; seed++) {
    if (seed === mostSeeds) {
      throw new InputError(`${need}: the style has ${seen.size} different drawings, too few`);
    }
    const avatar = draw(`${seed}`);
    const svg = avatar.toString();
    if (seen.has(svg)) continue;
    seen.add(svg);
    described.push(partsOf(avatar.toJson().extra));
    yield { name: `face ${seed}`, svg };
  }
}

/** What a face shows, by the names used here; colours without their `#`. */
function partsOf(extra: Readonly<Record<string, unknown>>): Record<string, string> {
  const parts: Record<string, string> = {};
  for (const [name, value] of Object.entries(extra)) {
    if (typeof value !== 'string' || unseen.test(name)) continue;
    // The colour of a hat that nobody wears is named too.
    const owner = /^(.+)Color$/.exec(name)?.[1];
    if (owner !== undefined && optional.has(owner) && extra[owner] === undefined) continue;
    parts[renamed[name] ?? name] = value.replace(/^#/, '');
  }
  return parts;
}

/** Parts that a face may be without, and that have colours. */
const optional = new Set(['accessories', 'glasses', 'hat', 'facialHair', 'beard', 'earrings']);

/** Hair first, where faces have any, then what else is to be seen. */
function attributesOf(described: readonly Record<string, string>[]): StoredAttribute[] {
  const names = [...new Set(described.flatMap((parts) => Object.keys(parts)))].sort();
  const first = names.includes('hair') ? ['hair'] : [];
  return attributesFrom([...first, ...names.filter((name) => name !== 'hair')], described)
    .filter(({ values }) => values.length > 1)
    .map(({ labels, ...attribute }) => ({ ...attribute, labels: [...labels] }));
}

function labelled(
  source: string,
  { images, size }: { readonly images: Uint8Array; readonly size: number },
  stored: readonly StoredAttribute[],
  wanted: string | undefined,
): ImageDataset {
  const attributes = stored.map((one) => ({ ...one, labels: Uint8Array.from(one.labels) }));
  const faces: ImageDataset = {
    ...{ name: source, images, count, height: size, width: size, channels: 3 },
    ...{ labels: undefined, classNames: [], attributes },
  };
  return checkedDataset(labelledBy(faces, wanted ?? attributes[0]!.name));
}

function splitsOf(source: string, all: ImageDataset): DatasetSplits {
  const random = RandomStream.fromSeed(splitSeed);
  const { train, test } = stratifiedSplit(new Uint8Array(count), testShare, random);
  return {
    train: subset(all, train, `${source} train`),
    test: subset(all, test, `${source} test`),
  };
}
