/**
 * A family that is a folder and a line (`toy/main.ts`) gets every command that asks the registry.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ExitCode } from '../../src/errors.js';
import { loadCheckpoint } from '../../src/train/checkpoint.js';
import { idxImages, writeIdxFolder } from '../cli/runs.js';
import { mixgan, succeeding } from '../support/cli.js';

const program = fileURLToPath(new URL('toy/main.ts', import.meta.url));

let folder: string;
const at = (...path: string[]): string => join(folder, ...path);
const toy = (line: string) => mixgan(line.split(' '), { program, cwd: folder });
const printed = async (line: string): Promise<string> => (await succeeding(toy(line))).stdout;
const train = (line: string) => printed(`train toy --engine=cpu ${line}`);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mixgan-toy-'));
  await writeIdxFolder(at('grey'));
  await writeIdxFolder(at('colour'), idxImages({ channels: 3 }));
  await Promise.all([
    train('--data grey --steps 4 --out straight'),
    train('--data grey --steps 2 --out halved'),
  ]);
  await train('--resume halved --steps 4');
});
afterAll(() => rm(folder, { recursive: true }));

it('resumes to the same bits', async () => {
  const [straight, halved] = await Promise.all(
    ['straight', 'halved'].map((run) =>
      loadCheckpoint(at(run, 'checkpoint', 'latest.safetensors')),
    ),
  );
  expect(straight).toMatchObject({ kind: 'toy', step: 4 });
  expect(halved!.variables).toEqual(straight!.variables);
});

it('shows its keys as flags and in help, and lists itself', async () => {
  const help = await printed('train toy --help');
  for (const text of [
    '--bias ',
    'whether it may be off',
    'rate = 0.001',
    'number greater than 0',
  ]) {
    expect(help).toContain(text);
  }
  expect(await printed('train --help')).toContain('train a regressor of brightness');
  expect(await printed('evaluate --help')).toMatch(/a\s+toy/);
});

it('resolves a configuration without training', async () => {
  const line = 'train toy --dry-run --bias --seed 3 --set rate=0.5 --image-size 4';
  expect(JSON.parse(await printed(line))).toEqual({
    ...{ kind: 'toy', preset: 'bright', data: 'mnist', imageSize: 4, seed: 3, steps: 4 },
    ...{ batchSize: 4, rate: 0.5, bias: true, every: 2 },
  });
});

it('evaluates, and keeps what was found', async () => {
  const found = JSON.parse(await printed('evaluate straight --engine=cpu --json --save'));
  expect(found).toEqual({ step: 4, error: expect.any(Number) });
  expect(JSON.parse(await readFile(at('straight', 'evaluation.json'), 'utf8'))).toEqual(found);
});

it('reports, exports and is summarised', async () => {
  await printed('report straight --out report.html');
  const page = await readFile(at('report.html'), 'utf8');
  for (const text of ['bright: toy', 'Squared error', 'Rate']) expect(page).toContain(text);
  expect(await printed('export straight --format onnx --out toy.onnx')).toContain(
    'brightness [batch',
  );
  expect(existsSync(at('toy.onnx'))).toBe(true);
  expect(JSON.parse(await printed('summary bright --json'))).toMatchObject({ parameters: 64 });
});

it.each([
  ['train toy --set rat=1', ExitCode.usage, /unknown key rat; the configuration has .*rate/],
  ['train toy --steps 0', ExitCode.usage, /--steps .*'0'.*from 1/],
  ['train toy --resume straight --bias', ExitCode.usage, /cannot be combined with --bias/],
  ['train toy --engine=cpu --data colour', ExitCode.input, /colour train: a toy sees grey/],
  [
    'sample straight',
    ExitCode.input,
    /straight is a run of a toy, .*needs a gan or translation run/,
  ],
  [
    'evaluate straight --best',
    ExitCode.usage,
    /--best is for runs of a classifier, and straight is/,
  ],
  [
    'export straight --format npz --out x',
    ExitCode.usage,
    /--format npz: straight is a run of a toy/,
  ],
])('refuses %s in one line', async (line, code, says) => {
  const result = await toy(line);
  expect({ code: result.code, stdout: result.stdout }).toEqual({ code, stdout: '' });
  expect(result.stderr).toMatch(/^mixgan: [^\n]+\n$/);
  expect(result.stderr).toMatch(says);
  expect(existsSync(at('runs'))).toBe(false);
});
