/**
 * `mixgan report`
 */
import { copyFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ExitCode } from '../../src/errors.js';
import { mixgan, succeeding } from '../support/cli.js';
import { expectWellFormed } from '../support/markup.js';
import { set, tinyClassifier, tinyGan, writeIdxFolder } from './runs.js';

/** Holds the runs `gan`, of seven pictures and more, and `classifier`. */
let folder: string;

const sampleEvaluation = new URL('../../samples/mnist-quick/evaluation.json', import.meta.url);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mixgan-report-'));
  await writeIdxFolder(join(folder, 'digits'));
  const flags = ['--data=digits', '--steps=8'];
  await Promise.all([
    run('train', 'gan', ...tinyGan, ...flags, '--out=gan', ...set({ pictureEvery: 1 })),
    run('train', 'classifier', ...tinyClassifier, ...flags, '--out=classifier'),
  ]);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (...args: string[]) => succeeding(mixgan(args, { cwd: folder }));

async function reportOf(...args: string[]): Promise<string> {
  const { stdout } = await run('report', ...args);
  const file = await readFile(join(folder, stdout.trim()), 'utf8');
  expectWellFormed(file);
  const withoutPictures = file.replaceAll(/base64,[^"]*/g, '');
  expect(withoutPictures).not.toMatch(/NaN|undefined|https?:/);
  return file;
}

const count = (file: string, pattern: RegExp): number => file.match(pattern)?.length ?? 0;

describe('a GAN', () => {
  it('has curves, pictures, times, the engine and the configuration', async () => {
    const file = await reportOf('gan');
    expect(file).toContain('<dt>steps</dt><dd>8 of 8</dd>');
    expect(file).toContain('<dt>engine</dt><dd>cpu on CPU (JavaScript, 1 thread)</dd>');
    expect(file).toContain('discriminator.heldOutLogit');
    expect(count(file, /<svg /g)).toBeGreaterThanOrEqual(6);
    const captions = Array.from(file.matchAll(/<figcaption>([^<]*)/g), ([, text]) => text);
    expect(captions).toEqual([
      ...[0, 1, 3, 5, 8].map((step) => `generated images after step ${step}`),
      'training images',
    ]);
    expect(file).toContain('&quot;latentDim&quot;: 4');
    expect(file).toContain('mixgan evaluate gan --save');
  });

  it('has the figures of an evaluation that was saved', async () => {
    await cp(join(folder, 'gan'), join(folder, 'scored'), { recursive: true });
    await copyFile(sampleEvaluation, join(folder, 'scored', 'evaluation.json'));
    const file = await reportOf('scored', '--out=scored.html');
    expect(count(file, /<table>/g)).toBe(2);
    expect(file).toContain('by the features of digits-mixer');
    expect(file).toMatch(/Fréchet distance<\/th><td>129\.6<\/td><td>27\.18<\/td>/);
  });

  it('keeps what is written in its files from becoming markup', async () => {
    await cp(join(folder, 'gan'), join(folder, 'evil'), { recursive: true });
    const path = join(folder, 'evil', 'config.json');
    const config = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...config, preset: '</title><script>1</script>' }));
    expect(await reportOf('evil')).not.toContain('<script>');
  });

  it.each([
    ['a damaged evaluation', '{', ExitCode.input, /evaluation\.json is not valid JSON/],
    ['one of another kind', '{"step":1}', ExitCode.input, /evaluation\.json: .*extractors/],
  ])('refuses %s', async (_, text, code, says) => {
    const name = `damaged-${text.length}`;
    await cp(join(folder, 'gan'), join(folder, name), { recursive: true });
    await writeFile(join(folder, name, 'evaluation.json'), text);
    const result = await mixgan(['report', name], { cwd: folder });
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toMatch(says);
  });

  it('refuses the folder of something else', async () => {
    await mkdir(join(folder, 'other'));
    await writeFile(join(folder, 'other', 'config.json'), 'null');
    const result = await mixgan(['report', 'other'], { cwd: folder });
    expect(result).toMatchObject({ code: ExitCode.input, stdout: '' });
    expect(result.stderr).toMatch(
      /other\/config\.json is not the configuration of a run of mixgan/,
    );
  });

  it('refuses flags of a classifier', async () => {
    const result = await mixgan(['report', 'gan', '--data=digits'], { cwd: folder });
    expect(result.code).toBe(ExitCode.usage);
    expect(result.stderr).toMatch(/--data is for runs of a classifier, and gan is one of a GAN/);
  });
});

describe('a classifier', () => {
  it('is not shown with an evaluation whose parts disagree', async () => {
    const name = 'disagreeing';
    await cp(join(folder, 'classifier'), join(folder, name), { recursive: true });
    const perClass = [{ name: 'a', count: 1, correct: 1, accuracy: 1 }];
    const scores = { accuracy: 1, count: 1, correct: 1, crossEntropy: 0 };
    const evaluation = { step: 8, data: 'x', ...scores, perClass, confusion: [[1], [2]] };
    await writeFile(join(folder, name, 'evaluation.json'), JSON.stringify(evaluation));
    const result = await mixgan(['report', name], { cwd: folder });
    expect(result).toMatchObject({ code: ExitCode.input, stdout: '' });
    expect(result.stderr).toMatch(
      /disagreeing\/evaluation\.json: confusion: has another number of classes than perClass/,
    );
  });

  it('is evaluated for its confusion matrix', async () => {
    const file = await reportOf('classifier', '--engine=cpu');
    expect(file).toContain('Confusion matrix');
    expect(file).toContain('<dt>after step</dt><dd>8</dd>');
    expect(count(file, /<th scope="row">\d<\/th>/g)).toBe(10);
    expect(file).toContain('Accuracy on held-out images');
  });

  it('is shown with the evaluation that was saved, without another one', async () => {
    await cp(join(folder, 'classifier'), join(folder, 'saved'), { recursive: true });
    await run('evaluate', 'saved', '--engine=cpu', '--save');
    const path = join(folder, 'saved', 'evaluation.json');
    const evaluation = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...evaluation, accuracy: 0.4321 }));
    await rm(join(folder, 'saved', 'checkpoint'), { recursive: true });
    expect(await reportOf('saved')).toContain('<dd>43.21% (');
  });
});
