import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mixgan, succeeding } from '../support/cli.js';
import { set, trainTiny, writeIdxFolder } from './runs.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mixgan-finetune-'));
  await writeIdxFolder(join(folder, 'digits'));
  await trainTiny('classifier', 'first', 'digits', folder);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (...args: string[]) => succeeding(mixgan(args, { cwd: folder }));

it('a training starts from another one, with its model, and says so', async () => {
  const recipe = ['--engine=cpu', '--data=digits', '--steps=1', ...set({ batchSize: 8 })];
  const { stderr } = await run(
    ...['train', 'classifier', ...recipe, '--finetune=first', '--new-head', '--out=second'],
  );
  const said =
    /^\d+ weights are those of first after 2 steps, new: head\/kernel, head\/bias \(as asked\)$/m;
  expect(stderr).toMatch(said);
  expect(
    (await readFile(join(folder, 'second', 'log.txt'), 'utf8')).replace(/^\S+ /gm, ''),
  ).toMatch(said);
  const config = JSON.parse(await readFile(join(folder, 'second', 'config.json'), 'utf8'));
  // The sizes of the first run, not those of the preset.
  expect(config.model).toMatchObject({ channels: 8, tokenDim: 4 });
  expect(config.finetune).toEqual({ checkpoint: 'first', newHead: true });
  // It goes on without the first one.
  await rm(join(folder, 'first'), { recursive: true });
  const more = await run('train', 'classifier', '--engine=cpu', '--resume=second', '--steps=2');
  expect(more.stderr).toContain('finished after step 2');
  expect(more.stderr).not.toMatch(said);
});

it('an evaluation of several views names them', async () => {
  const { stdout } = await run('evaluate', 'second', '--engine=cpu', '--views=3');
  expect(stdout).toMatch(/^mean of 3 views: as it is, 1 up, 1 left\naccuracy /);
});
