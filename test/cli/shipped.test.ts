import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mixgan } from '../support/cli.js';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'mixgan-shipped-'));
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

const models = fileURLToPath(new URL('../../models', import.meta.url));
const inFolder = (...args: string[]) => mixgan(args, { cwd });

it('a shipped name stands where a run stands', async () => {
  const drawn = await inFolder('sample', 'digits', '--count=4', '--out=four.npy', '--json');
  expect(drawn.code).toBe(0);
  expect(JSON.parse(drawn.stdout)).toMatchObject({ shape: [4, 28, 28, 1], step: 28_000 });
  const exported = await inFolder('export', 'digits', '--format=npz', '--out=g.npz');
  expect([exported.code, exported.stderr]).toEqual([2, expect.stringMatching(/not written so/)]);
  expect(await readdir(cwd)).toEqual(['four.npy']);
});

it('a classifier stands where a run does, and where weights to start from do', async () => {
  await inFolder('sample', 'digits-conditional', '--class=7', '--count=1', '--out=seven.png');
  const predicted = await inFolder('predict', 'digits-cnn', 'seven.png', '--json');
  expect([predicted.code, predicted.stdout]).toEqual([0, expect.stringContaining('"7"')]);
  const tuned = await inFolder(
    ...['train', 'classifier', '--preset=extractor-mixer', '--finetune=digits-mixer'],
    ...['--steps=1', '--out=tuned'],
  );
  expect([tuned.code, tuned.stdout]).toEqual([
    0,
    expect.stringMatching(/^9\d\.\d\d% of the held-out/),
  ]);
});

it.each([
  ['evaluate', 'digits', '--save'],
  ['report', 'digits'],
  ['train', 'gan', '--resume=digits', '--steps=6000'],
])('nothing is written into its folder: %s %s %s', async (...args) => {
  const before = await readdir(join(models, 'digits'), { recursive: true });
  const { code, stderr } = await inFolder(...args);
  expect([code, stderr]).toEqual([
    4,
    expect.stringMatching(/comes with this package, and nothing is written into its folder/),
  ]);
  expect(await readdir(join(models, 'digits'), { recursive: true })).toEqual(before);
});

it('a name that is none tells which there are', async () => {
  const { code, stderr } = await inFolder('sample', 'cats');
  expect(code).toBe(3);
  expect(stderr).toBe(
    'mixgan: cannot read cats: there is no such folder, and no trained model of that name comes with this package; there are digits, digits-cnn, digits-conditional, digits-mixer, faces, fashion\n',
  );
  expect(await readFile(join(models, 'README.md'), 'utf8')).toContain('`digits`');
});
