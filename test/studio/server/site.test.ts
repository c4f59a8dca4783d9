/** A site of runs, as files. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { families } from '../../../src/cli/families.js';
import { writeSite } from '../../../studio/server/site.js';
import type { Hello, RunDetail, RunList } from '../../../studio/shared/protocol.js';
import { mixgan } from '../../support/cli.js';
import { commandLine } from '../command-line.js';
import { emptyFolder, makeRun } from '../folders.js';

let folder: string;
const options = { families, version: '0.0.0', commandLine, say: () => undefined };

beforeAll(async () => {
  folder = await emptyFolder();
  await makeRun(join(folder, 'runs'), 'a', { lines: 50, pictures: [0, 25] });
  await makeRun(join(folder, 'runs'), 'deep/b', { lines: 2 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const json = async <T>(...path: string[]): Promise<T> =>
  JSON.parse(await readFile(join(folder, ...path), 'utf8')) as T;

it('has the page, the runs that were chosen, and nothing of where they lay', async () => {
  const out = join(folder, 'new', 'site');
  const site = await writeSite({ ...options, folder: join(folder, 'runs'), names: ['a'], out });
  expect(site.runs).toEqual(['a']);
  const names = await readdir(out);
  expect(names).toEqual(
    expect.arrayContaining(['index.html', 'page.js', 'style.css', 'ort.wasm.gz']),
  );
  expect(await json<Hello>('new/site/data/hello.json')).toMatchObject({ isLive: false });
  const { runs } = await json<RunList>('new/site/data/runs.json');
  expect(runs.filter(({ isShipped }) => !isShipped).map(({ name }) => name)).toEqual(['a']);
  const shipped = runs.filter(({ isShipped }) => isShipped).map(({ key }) => key);
  for (const key of shipped) {
    const files = await readdir(join(out, 'data/runs', key));
    expect(files).toEqual(expect.arrayContaining(['model.json', 'model.onnx']));
  }
  const detail = await json<RunDetail>('new/site/data/runs/a/run.json');
  expect(detail).toMatchObject({ path: 'a', pictures: [0, 25] });
  expect(await readFile(join(out, 'data/runs/a/metrics.jsonl'))).toEqual(
    await readFile(join(folder, 'runs/a/metrics.jsonl')),
  );
  for (const file of ['data/hello.json', 'data/runs.json', 'data/runs/a/run.json']) {
    expect(await readFile(join(out, file), 'utf8')).not.toContain(folder);
  }
  expect(await readdir(dirname(out))).toEqual(['site']);
});

it('is not written over something, nor of runs that are not there', async () => {
  const taken = join(folder, 'taken');
  await mkdir(taken);
  await writeFile(join(taken, 'mine'), '');
  const site = (out: string, ...names: string[]) =>
    mixgan([
      'studio',
      join(folder, 'runs'),
      '--export',
      out,
      ...names.map((name) => `--run=${name}`),
    ]);
  expect(await site(taken)).toMatchObject({
    code: 4,
    stderr: `mixgan: ${taken} is not empty; give --export a new folder\n`,
  });
  expect(await site(join(folder, 'other'), 'c')).toMatchObject({
    code: 3,
    stderr: `mixgan: there is no run c in ${join(folder, 'runs')}; there are a, deep/b\n`,
  });
  expect(await mixgan(['studio', '--run', 'a'])).toMatchObject({ code: 2 });
  expect((await readdir(taken)).concat(await readdir(folder))).not.toContain(
    expect.stringMatching(/^\.(taken|other)/),
  );
});
