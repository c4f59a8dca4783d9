import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CliResult, mixgan, succeeding } from '../support/cli.js';
import { set, trainTiny, writeIdxFolder } from './runs.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mixgan-finetune-'));
  await writeIdxFolder(join(folder, 'digits'));
  await trainTiny('classifier', 'first', 'digits', folder);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (...args: string[]) => succeeding(mixgan(args, { cwd: folder }));

/** What a command read in a folder, a file as often as it was read. */
async function countingReads(name: string, command: () => Promise<CliResult>) {
  const [log, hook] = ['reads.txt', 'hook.mjs'].map((file) => join(folder, file)) as [
    string,
    string,
  ];
  const code = `import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    const { readFile } = fs.promises;
    fs.promises.readFile = (path, ...rest) => {
      fs.appendFileSync(${JSON.stringify(log)}, path + '\\n');
      return readFile(path, ...rest);
    };
    syncBuiltinESMExports();`;
  await writeFile(hook, code);
  const before = process.env.NODE_OPTIONS;
  process.env.NODE_OPTIONS = `${before ?? ''} --import=${pathToFileURL(hook)}`;
  const running = command();
  if (before === undefined) delete process.env.NODE_OPTIONS;
  else process.env.NODE_OPTIONS = before;
  const result = await running;
  const reads = (await readFile(log, 'utf8')).split('\n').filter((path) => path.startsWith(name));
  return { ...result, reads: reads.sort() };
}

it('a training starts from another one, with its model, and says so', async () => {
  const recipe = ['--engine=cpu', '--data=digits', '--steps=1', ...set({ batchSize: 8 })];
  const { stderr, reads } = await countingReads('first', () =>
    run(...['train', 'classifier', ...recipe, '--finetune=first', '--new-head', '--out=second']),
  );
  expect(reads).toEqual(['first/checkpoint/latest.safetensors', 'first/config.json']);
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
