import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Drawing,
  type RasterOptions,
  rasterise,
} from '../../../src/data/drawings/rasterise.js';
import { areInstalled } from '../installed.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mixgan-raster-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const document = (inside: string, box = '0 0 4 4'): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${box}">${inside}</svg>`;
const square = (fill: string): Drawing => ({
  name: fill,
  svg: document(`<rect width="2" height="4" fill="${fill}"/>`),
});
const source = (drawings: readonly Drawing[]) => ({
  count: drawings.length,
  drawings: () => drawings,
  about: () => drawings.map(({ name }) => name),
});
const options = (more: Partial<RasterOptions> = {}): RasterOptions => ({
  ...{ need: 'a test', name: 'squares', size: 4, key: 1, cacheFolder: folder },
  ...more,
});
const pixel = (images: Uint8Array, at: number): number[] => [
  ...images.subarray(3 * at, 3 * at + 3),
];

describe.skipIf(!areInstalled('@resvg/resvg-js'))('rasterise', () => {
  it('draws in the order of the list, on white or what is asked for', async () => {
    const { images, about } = await rasterise(source([square('#f00'), square('#00f')]), options());
    expect(about).toEqual(['#f00', '#00f']);
    expect(images).toHaveLength(2 * 4 * 4 * 3);
    expect([0, 3, 16, 19].map((at) => pixel(images, at))).toEqual([
      [255, 0, 0],
      [255, 255, 255],
      [0, 0, 255],
      [255, 255, 255],
    ]);
    const grey = await rasterise(source([square('#f00')]), options({ background: [1, 2, 3] }));
    expect(pixel(grey.images, 3)).toEqual([1, 2, 3]);
  });

  it.each([
    { box: '0 0 4 2', empty: [0, 3, 12, 15], full: [4, 11] },
    { box: '0 0 2 4', empty: [0, 3, 12, 15], full: [1, 14] },
  ])('places what is no square in the middle: $box', async ({ box, empty, full }) => {
    const drawing = { name: 'bar', svg: document('<rect width="4" height="4" fill="#0f0"/>', box) };
    const { images } = await rasterise(source([drawing]), options());
    expect(empty.map((at) => pixel(images, at))).toEqual(Array(4).fill([255, 255, 255]));
    expect(full.map((at) => pixel(images, at))).toEqual(Array(2).fill([0, 255, 0]));
  });

  it('draws many in threads as it draws one, and says so', async () => {
    const colours = Array.from({ length: 300 }, (_, i) => `rgb(${i % 256},${(7 * i) % 256},9)`);
    const lines: string[] = [];
    const many = await rasterise(
      source(colours.map(square)),
      options({ say: (l) => lines.push(l) }),
    );
    const wrong = colours.filter(
      (_, i) => pixel(many.images, 16 * i).join() !== [i % 256, (7 * i) % 256, 9].join(),
    );
    expect(wrong).toEqual([]);
    expect(lines[0]).toBe('drawing the 300 pictures of squares, once');
    expect(lines.at(-1)).toMatch(/^squares: done in [\d.]+ s$/);
  });

  it('asks for drawings once, and again for another size, background or key', async () => {
    let asked = 0;
    const counting = {
      count: 1,
      drawings: () => {
        asked++;
        return [square('#f00')];
      },
      about: () => ({ hair: ['bun'] }),
    };
    const first = await rasterise(counting, options());
    const second = await rasterise(counting, options());
    expect(asked).toBe(1);
    expect(second.about).toEqual({ hair: ['bun'] });
    expect([...second.images]).toEqual([...first.images]);
    await rasterise(counting, options({ size: 8 }));
    await rasterise(counting, options({ background: [0, 0, 0] }));
    await rasterise(counting, options({ key: 2 }));
    expect(asked).toBe(4);
  });

  it('refuses a damaged cache by its name, and leaves nothing half-made', async () => {
    await rasterise(source([square('#f00')]), options());
    const [name] = await readdir(folder);
    const path = join(folder, name!);
    const bytes = await readFile(path);
    bytes[bytes.length - 1]! ^= 1;
    for (const damaged of [bytes, bytes.subarray(0, -1), Buffer.from('null\n'), Buffer.alloc(0)]) {
      await writeFile(path, damaged);
      await expect(rasterise(source([square('#f00')]), options())).rejects.toThrow(
        `${path} is damaged; remove it, and it is made again`,
      );
    }
    await rm(path);
    const bad = { name: 'scribble', svg: 'not a drawing' };
    await expect(rasterise(source([bad]), options())).rejects.toThrow(
      /^the drawing scribble cannot be rasterised: /,
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it('goes on where nothing can be kept, and says so', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    const lines: string[] = [];
    const made = await rasterise(
      source([square('#f00')]),
      options({ cacheFolder: join(file, 'cache'), say: (line) => lines.push(line) }),
    );
    expect(pixel(made.images, 0)).toEqual([255, 0, 0]);
    expect(lines).toEqual([
      expect.stringMatching(/^squares is made anew every time: cannot write /),
    ]);
  });
});
