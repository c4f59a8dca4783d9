/** `mixgan examine`: the pictures behind the figures of runs. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { examinationSchema } from '../../src/family/examination.js';
import { decodePng } from '../../src/image/png.js';
import { mixgan, succeeding } from '../support/cli.js';

const golden = fileURLToPath(new URL('../golden/runs', import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mixgan-examine-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function examined(name: string) {
  const out = join(folder, name);
  const run = join(golden, name);
  const { stdout } = await succeeding(mixgan(['examine', run, '--out', out, '--json']));
  expect(await readdir(out)).toEqual(['examination.json', 'pictures.png']);
  const stored = examinationSchema.parse(
    JSON.parse(await readFile(join(out, 'examination.json'), 'utf8')),
  );
  expect(JSON.parse(stdout)).toEqual({ ...stored, folder: out });
  const sheet = decodePng(await readFile(join(out, 'pictures.png')));
  const { count, columns, shape } = stored.sheet;
  expect([sheet.height, sheet.width]).toEqual([
    Math.ceil(count / columns) * shape[0],
    columns * shape[1],
  ]);
  return stored;
}

it('shows of a classifier what is behind its confusion matrix', async () => {
  const { recognition, sheet, classNames } = await examined('classifier');
  const { confusion, examples } = recognition!;
  expect(confusion.flat().reduce((sum, value) => sum + value, 0)).toBe(2000);
  expect(examples).toHaveLength(sheet.count);
  expect(classNames).toHaveLength(10);
  for (const [label, row] of confusion.entries()) {
    for (const [taken, value] of row.entries()) {
      const shown = examples.filter((one) => one.label === label && one.taken === taken);
      expect(shown).toHaveLength(Math.min(30, value));
    }
  }
});

it('shows of a GAN what is nearest to its pictures, and what it leaves out', async () => {
  const { drawing, sheet } = await examined('gan');
  const { fakes, coverage, samples } = drawing!;
  expect(fakes).toHaveLength(20);
  expect(sheet.count).toBe(20 * 6);
  const places = fakes.flatMap(({ place, neighbours }) => [
    place,
    ...neighbours.map((one) => one.place),
  ]);
  expect(new Set(places).size).toBe(120);
  expect(coverage.map(({ name }) => name)).toEqual([...'0123456789']);
  expect(coverage.reduce((sum, { reals }) => sum + reals, 0)).toBe(samples);
  expect(coverage.reduce((sum, row) => sum + row.fakes, 0)).toBe(samples);
});

it('says in a line what it cannot do', async () => {
  const missing = await mixgan(['examine', join(folder, 'nothing')]);
  expect(missing.code).toBe(3);
  const file = join(folder, 'file');
  await writeFile(file, 'taken');
  const taken = await mixgan(['examine', join(golden, 'classifier'), '--out', file]);
  expect(taken.code).toBe(4);
  expect(taken.stderr.trim().split('\n').at(-1)).toContain(file);
});
