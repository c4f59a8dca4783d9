/**
 * Emoji: the drawings of a vendor, from the icon sets that Iconify publishes on npm.
 *
 * Skin tones and flags are left out: some 1,700 concepts stay, each once. The classes are Unicode's
 * groups.
 */
import { join } from 'node:path';
import { InputError } from '../../errors.js';
import { readJson } from '../../files.js';
import { RandomStream } from '../../random.js';
import { checkedDataset, type DatasetSplits, subset } from '../dataset.js';
import { findPackage } from '../packages.js';
import { stratifiedSplit } from '../split.js';
import { type Drawing, rasterise, requireRasterSize } from './rasterise.js';

/** Vendors by name, and the packages of their drawings: Apache-2.0, CC BY 4.0, MIT. */
export const emojiVendors = {
  noto: '@iconify-json/noto',
  twemoji: '@iconify-json/twemoji',
  'fluent-emoji-flat': '@iconify-json/fluent-emoji-flat',
} as const;

export type EmojiVendor = keyof typeof emojiVendors;

/** An emoji of a vendor. */
export interface Emoji extends Drawing {
  /** The name that all vendors have for it: `alarm-clock`. */
  readonly name: string;
  /** `Animals & Nature` */
  readonly group: string;
}

/** What is drawn the same but for a skin tone, or is nothing but colours. */
const repeated = /skin-tone|(^|-)(light|medium|dark)(-|$)|^flag-/;
/**
 * Noto's drawings of these have a translucent shape outside of the picture, on which resvg 2.6.2 ends the
 * process. They are left out of every vendor's, so that sets of vendors stay pairs.
 */
const undrawable = new Set(['package', 'rainbow-flag']);

/**
 * A vendor's drawings, sorted by name, and the version of the package that they come from.
 * @param need what wants them, as a message begins
 * @throws InputError where there is no such vendor, or its package is not installed or damaged
 */
export async function emojiOf(
  vendor: string,
  need = `--data emoji:${vendor}`,
): Promise<{ readonly version: string; readonly emoji: readonly Emoji[] }> {
  const name = (emojiVendors as Readonly<Record<string, string>>)[vendor];
  if (name === undefined) {
    throw new InputError(
      `there are no emoji of "${vendor}"; there are those of ${Object.keys(emojiVendors).join(', ')}`,
    );
  }
  const { version, folder } = findPackage(name, need);
  const remedy = `install ${name} again`;
  const icons = await readJson(join(folder, 'icons.json'), remedy);
  const metadata = await readJson(join(folder, 'metadata.json'), remedy);
  const emoji = drawingsIn(icons, metadata);
  if (emoji === undefined) {
    throw new InputError(`${folder} is damaged: ${remedy}`);
  }
  return { version: `${name}@${version}`, emoji };
}

/** The part of Iconify's JSON (https://iconify.design/docs/types/iconify-json.html) that is used. */
interface Icons {
  readonly width?: number;
  readonly height?: number;
  readonly icons: Readonly<Record<string, { readonly body: string; readonly hidden?: boolean }>>;
}

function drawingsIn(json: unknown, metadata: unknown): Emoji[] | undefined {
  const { icons, width = 16, height = 16 } = (json ?? {}) as Partial<Icons>;
  const { categories } = (metadata ?? {}) as { categories?: Readonly<Record<string, string[]>> };
  if (!(icons instanceof Object && categories instanceof Object)) return undefined;
  const groups = new Map(
    Object.entries(categories).flatMap(([group, names]) =>
      Array.isArray(names) ? names.map((name) => [name, group] as const) : [],
    ),
  );
  return Object.entries(icons)
    .flatMap(([name, { body, hidden }]) => {
      const group = groups.get(name);
      if (group === undefined || hidden === true) return [];
      if (repeated.test(name) || undrawable.has(name)) return [];
      const box = `viewBox="0 0 ${width} ${height}"`;
      return [{ name, group, svg: `<svg xmlns="http://www.w3.org/2000/svg" ${box}>${body}</svg>` }];
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

export interface EmojiRequest {
  /** `noto` */
  readonly vendor: string;
  /** Side in pixels. */
  readonly size: number;
  readonly say?: ((line: string) => void) | undefined;
  readonly cacheFolder?: string | undefined;
}

export const emojiVendor = 'noto';
export const emojiSize = 32;
const testShare = 0.2;
/** Belongs to what the name means in a published result: changing it changes the test set. */
const splitSeed = 1998;

/**
 * The emoji of a vendor, RGB on white, a fixed fifth of each group held back to test on.
 * @throws InputError where the package is not installed or damaged
 */
export async function loadEmoji(request: EmojiRequest): Promise<DatasetSplits> {
  const { vendor, size, say, cacheFolder } = request;
  const source = vendor === emojiVendor ? 'emoji' : `emoji:${vendor}`;
  const need = `--data ${source}`;
  requireRasterSize(size, need);
  const { version, emoji } = await emojiOf(vendor, need);
  const { images, count } = await rasterise(
    { count: emoji.length, drawings: () => emoji },
    { need, name: `emoji-${vendor}-${size}`, size, say, cacheFolder, key: [version, 1] },
  );
  const classNames = [...new Set(emoji.map(({ group }) => group))].sort();
  const all = checkedDataset({
    ...{ name: source, images, count, height: size, width: size, channels: 3, classNames },
    labels: Uint8Array.from(emoji, ({ group }) => classNames.indexOf(group)),
  });
  const split = stratifiedSplit(all.labels!, testShare, RandomStream.fromSeed(splitSeed));
  return {
    train: subset(all, split.train, `${source} train`),
    test: subset(all, split.test, `${source} test`),
  };
}
