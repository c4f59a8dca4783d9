import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emojiOf } from '../../src/data/drawings/emoji.js';
import { fontPackages } from '../../src/data/drawings/printed-digits.js';
import { InputError } from '../../src/errors.js';
import { loadDigitStyles } from '../../translation/data/digits.js';
import { loadEmojiPair } from '../../translation/data/emoji.js';
import { loadDomains } from '../../translation/data/load.js';
import { domainsOf } from '../../translation/domains.js';
import { meanDistance } from '../../translation/pixels.js';
import { areInstalled } from '../data/installed.js';

const drawsEmoji = areInstalled(
  ...['@resvg/resvg-js', '@iconify-json/noto', '@iconify-json/twemoji'],
);
const drawsDigits = areInstalled('@resvg/resvg-js', ...fontPackages);

let cacheFolder: string;
beforeAll(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), 'mixgan-domain-data-'));
});
afterAll(() => rm(cacheFolder, { recursive: true, force: true }));

describe.skipIf(!drawsEmoji)('the emoji of two vendors', () => {
  it('are pairs where they are held back, and never where they are learned from', async () => {
    const options = { size: 16, cacheFolder };
    const { train, test, truth } = await loadEmojiPair(['noto', 'twemoji'], options);
    expect(truth).toEqual({ kind: 'pairs' });
    expect(train.classNames).toEqual(['noto', 'twemoji']);
    const [learned, held] = [domainsOf(train), domainsOf(test)];
    expect(held.a.count).toBe(held.b.count);
    expect(held.a.count).toBeGreaterThan(200);
    // A drawing is nearer to its counterpart than to the one after it.
    const size = 16 * 16 * 3;
    const others = new Uint8Array(held.b.images.length);
    others.set(held.b.images.subarray(size));
    others.set(held.b.images.subarray(0, size), others.length - size);
    const toPairs = meanDistance(held.a.images, held.b.images);
    expect(toPairs).toBeLessThan(0.75 * meanDistance(held.a.images, others));
    // Every name that both have is used once, so nobody sees both drawings of one.
    const [noto, twemoji] = [await emojiOf('noto'), await emojiOf('twemoji')];
    const known = new Set(twemoji.emoji.map(({ name }) => name));
    const common = noto.emoji.filter(({ name }) => known.has(name)).length;
    expect(learned.a.count + learned.b.count + held.a.count).toBe(common);
    expect(learned.a.count - learned.b.count).toBeLessThan(2);
  }, 60_000);

  it('are the other way round by the same names', async () => {
    const options = { size: 16, cacheFolder };
    const [one, other] = [
      domainsOf((await loadEmojiPair(['noto', 'twemoji'], options)).test),
      domainsOf((await loadEmojiPair(['twemoji', 'noto'], options)).test),
    ];
    expect(other.b.images).toEqual(one.a.images);
    expect(other.b.attributes).toEqual(one.a.attributes);
  }, 60_000);
});

describe.skipIf(!drawsDigits)('handwritten and printed digits', () => {
  it('have classes on both sides', async () => {
    const loaded = await loadDigitStyles(['handwritten', 'printed'], { cacheFolder });
    const { train, test, truth } = loaded;
    expect(test.classNames).toEqual(['handwritten', 'printed']);
    if (truth?.kind !== 'classes') throw new Error('no classes');
    expect([truth.a.length, truth.b.length]).toEqual([2000, 960]);
    expect(truth.names).toHaveLength(10);
    const { a, b } = domainsOf(test);
    expect([a, b].map(({ attributes }) => [...attributes![0]!.labels])).toEqual([
      Array.from(truth.a),
      Array.from(truth.b),
    ]);
    expect(train.attributes).toMatchObject([{ name: 'digit', values: truth.names }]);
  }, 60_000);
});

describe('sources that there are not', () => {
  it.each([
    ['emoji:noto,noto', '--data emoji:noto,noto: give two vendors, not one twice'],
    ['emoji:noto,apple', 'there are no emoji of "apple"; there are those of noto, twemoji'],
    ['digits:printed,printed', '--data digits:printed,printed: there are digits:handwritten'],
  ])('%s', async (source, message) => {
    const loaded = loadDomains(source);
    await expect(loaded).rejects.toThrow(InputError);
    await expect(loaded).rejects.toThrow(message);
  });
});
