import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImageDataset } from '../../src/data/dataset.js';
import { InputError } from '../../src/errors.js';
import { writePng } from '../../src/image/png.js';
import { loadDomains } from '../../translation/data/load.js';
import { asOneDataset, domainsOf } from '../../translation/domains.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'mixgan-domains-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** A folder of pictures of 4 × 4, each of one brightness. */
async function pictures(path: string, values: readonly number[], channels: 1 | 3 = 1) {
  const folder = join(root, path);
  await mkdir(folder, { recursive: true });
  for (const [i, value] of values.entries()) {
    const pixels = new Uint8Array(16 * channels).fill(value);
    await writePng(join(folder, `${i}.png`), { width: 4, height: 4, channels, pixels });
  }
  return folder;
}

const bright = ({ images, height, width, channels }: ReturnType<typeof domainsOf>['a']) =>
  [...images].filter((_, i) => i % (height * width * channels) === 0).sort((x, y) => x - y);

describe('two domains', () => {
  it('are the two folders of a folder', async () => {
    await pictures('both/dark', [1, 2, 3, 4, 5]);
    await pictures('both/light', [201, 202, 203, 204, 205]);
    const { train, test } = await loadDomains(join(root, 'both'));
    expect(train.classNames).toEqual(['dark', 'light']);
    const [a, b] = [domainsOf(train).a, domainsOf(test).a].map(bright);
    expect([...a!, ...b!].sort()).toEqual([1, 2, 3, 4, 5]);
    expect(b).toHaveLength(1);
    expect(bright(domainsOf(train).b).every((value) => value > 200)).toBe(true);
  });

  it('are two folders with a comma between, grey and in colour', async () => {
    const grey = await pictures('grey', [1, 2, 3, 4, 5]);
    const colour = await pictures('colour', [201, 202, 203], 3);
    const { train } = await loadDomains(`${colour},${grey}`);
    expect(train).toMatchObject({ channels: 3, classNames: ['colour', 'grey'] });
    expect(bright(domainsOf(train).a).every((value) => value > 200)).toBe(true);
    expect(bright(domainsOf(train).b).every((value) => value < 6)).toBe(true);
  });

  it('are the four folders of a set of CycleGAN', async () => {
    for (const [i, name] of ['trainA', 'trainB', 'testA', 'testB'].entries()) {
      await pictures(`horse2zebra/${name}`, [10 * i, 10 * i + 1, 10 * i + 2]);
    }
    const { train, test } = await loadDomains(join(root, 'horse2zebra'));
    expect(bright(domainsOf(train).a)).toEqual([0, 1, 2]);
    expect(bright(domainsOf(train).b)).toEqual([10, 11, 12]);
    expect(bright(domainsOf(test).a)).toEqual([20, 21, 22]);
    expect(bright(domainsOf(test).b)).toEqual([30, 31, 32]);
  });

  it('keep the attributes that both have in the same words', () => {
    const domain = (name: string, size: string[], labels: number[]): ImageDataset => ({
      ...{ name, images: new Uint8Array(2), labels: undefined, classNames: [] },
      ...{ count: 2, height: 1, width: 1, channels: 1 },
      attributes: [
        { name: 'size', values: size, labels: Uint8Array.from(labels) },
        { name: `${name}s`, values: ['no', 'yes'], labels: Uint8Array.of(0, 1) },
      ],
    });
    const sizes = ['small', 'large'];
    const joined = (a: ImageDataset, b: ImageDataset) => asOneDataset('both', { a, b }, ['a', 'b']);
    const both = joined(domain('cat', sizes, [0, 1]), domain('dog', sizes, [1, 1]));
    expect(both.attributes).toEqual([
      { name: 'size', values: sizes, labels: Uint8Array.of(0, 1, 1, 1) },
    ]);
    expect(domainsOf(both).b.attributes![0]!.labels).toEqual(Uint8Array.of(1, 1));
    expect(
      joined(domain('cat', sizes, [0, 1]), domain('dog', ['large', 'small'], [0, 1])).attributes,
    ).toEqual([]);
  });

  it('of other shapes, and one domain alone, are refused', async () => {
    const both = join(root, 'both');
    await expect(loadDomains(`${both},${join(root, 'grey')}`)).rejects.toThrow(
      new InputError(
        `${both} is one domain of two, and holds folders of its own: dark, light; give a folder that holds pictures`,
      ),
    );
    const { train } = await loadDomains(join(root, 'grey'));
    expect(() => domainsOf(train)).toThrow(/^grey train has no classes, and translation needs two/);
    await expect(loadDomains(join(root, 'missing'))).rejects.toThrow(InputError);
  });
});
