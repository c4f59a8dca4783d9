/**
 * The package as its users get it: packed, installed into an empty project, and used from there.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import type { Diagnosis } from '../../src/engine/doctor.js';
import { type CliResult, run, succeeding } from '../support/cli.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const entries = ['mixgan', 'mixgan/gan', 'mixgan/classifier', 'mixgan/translation'];

/** The project that the package is installed into. */
let project: string;
/** The files of the package, relative to its folder. */
let files: string[];

const inProject = (command: string, ...args: string[]): Promise<CliResult> =>
  run(command, args, { cwd: project });
/** npm, which on Windows is a script and no program. */
const npm = (cwd: string, ...args: string[]): Promise<CliResult> => {
  const script = process.env.npm_execpath;
  return script === undefined
    ? run('npm', args, { cwd })
    : run(process.execPath, [script, ...args], { cwd });
};
/** `npx mixgan …args` */
const mixgan = (...args: string[]): Promise<CliResult> =>
  succeeding(npm(project, 'exec', '--', 'mixgan', ...args));

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'mixgan-package-'));
  const packed = await succeeding(npm(root, 'pack', '--json', '--pack-destination', project));
  const [tarball] = JSON.parse(packed.stdout) as [{ filename: string; files: { path: string }[] }];
  files = tarball.files.map(({ path }) => path);
  await writeFile(join(project, 'package.json'), '{ "type": "module", "private": true }');
  // Install scripts, which npm 12 skips by default, would fetch hundreds of megabytes of CUDA.
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
  await succeeding(npm(project, 'install', ...quiet, `./${tarball.filename}`));
}, 600_000);

afterAll(() => rm(project, { recursive: true, force: true }));

it('holds what it needs and nothing else', () => {
  expect(files).toEqual(
    expect.arrayContaining(['package.json', 'LICENSE', packageJson.bin.mixgan]),
  );
  for (const { types, default: code } of Object.values(packageJson.exports).filter(isEntry)) {
    expect(files).toEqual(expect.arrayContaining([types.slice(2), code.slice(2)]));
  }
  const others = files.filter(
    (path) =>
      !/^dist\/.*\.(js|d\.ts)$|^dist\/studio\/site\/(tab\/)?[\w.-]+\.(html|css|mjs|gz)$|^models\/[\w-]+\/(config|card|metrics|checkpoint\/latest)\.(jsonl?|safetensors)$|^samples\/scripts\/|^cluster\/|^docs\/[\w-]+\.svg$|\.md$|^[^/]+$/.test(
        path,
      ),
  );
  expect(others).toEqual([]);
  // The page is built already.
  expect(files).toEqual(
    expect.arrayContaining(['index.html', 'page.js'].map((name) => `dist/studio/site/${name}`)),
  );
  expect(files.filter((path) => /(^|[/.])test|\.config\./.test(path))).toEqual([]);
});

const isEntry = (
  entry: string | { types: string; default: string },
): entry is { types: string; default: string } => typeof entry === 'object';

it('brings the command', async () => {
  const help = await mixgan('--help');
  expect(help.stdout).toMatch(/^Usage: mixgan /);
  const version = await mixgan('--version');
  expect(version.stdout).toBe(`${packageJson.version}\n`);
  const summary = await mixgan('summary', 'S/16', '--json');
  expect(JSON.parse(summary.stdout)).toMatchObject({ parameters: 18_528_264 });
});

it('draws at once, with a model that comes with it', async () => {
  await mixgan('sample', 'digits', '--count', '4', '--out', 'digits.png');
  expect(await readdir(project)).toContain('digits.png');
});

it('trains', async () => {
  const sizes = 'model={"patch":7,"channels":4,"tokenDim":4,"channelDim":4,"numBlocks":1}';
  const train = [
    'train',
    'classifier',
    '--steps=2',
    '--engine=wasm',
    `--set=${sizes}`,
    '--out=run',
  ];
  const { stdout } = await mixgan(...train);
  expect(stdout).toMatch(/^\d+\.\d\d% of the held-out images are recognised/);
});

it('finds an engine, whatever optional dependencies there are', async () => {
  const { stdout } = await mixgan('doctor', '--json');
  const { auto, engines } = JSON.parse(stdout) as Diagnosis;
  expect(engines.filter(({ loads }) => loads).map(({ name }) => name)).toEqual(
    expect.arrayContaining([auto, 'wasm', 'cpu']),
  );
});

it('can be imported from plain Node', async () => {
  const code = `
    import { mixerBlock } from 'mixgan';
    import * as gan from 'mixgan/gan';
    import * as classifier from 'mixgan/classifier';
    import { readFileSync } from 'node:fs';
    import { fileURLToPath } from 'node:url';
    const { name } = JSON.parse(
      readFileSync(fileURLToPath(import.meta.resolve('mixgan/package.json')), 'utf8'),
    );
    const kinds = [mixerBlock, gan.buildGenerator, classifier.trainClassifier].map((f) => typeof f);
    console.log(name, ...kinds);`;
  const { stdout, stderr } = await succeeding(
    inProject(process.execPath, '--input-type=module', '--eval', code),
  );
  expect({ stdout, stderr }).toEqual({ stdout: 'mixgan function function function\n', stderr: '' });
});

it('keeps to itself what it does not export', async () => {
  const code = "await import('mixgan/dist/src/files.js')";
  const { stderr } = await inProject(process.execPath, '--input-type=module', '--eval', code);
  expect(stderr).toContain('ERR_PACKAGE_PATH_NOT_EXPORTED');
});

/** Compiles files of a folder of the project's own to JavaScript, where their types are right. */
async function compile(name: string, files: Readonly<Record<string, string>>): Promise<CliResult> {
  await mkdir(join(project, name), { recursive: true });
  for (const [file, code] of Object.entries(files)) {
    await writeFile(join(project, name, file), code);
  }
  const options = {
    ...{ module: 'nodenext', moduleResolution: 'nodenext', target: 'es2022', strict: true },
    ...{ exactOptionalPropertyTypes: true, noEmitOnError: true, skipLibCheck: true },
    ...{ types: ['node'], typeRoots: [join(root, 'node_modules', '@types')] },
  };
  const config = { compilerOptions: options, files: Object.keys(files) };
  await writeFile(join(project, name, 'tsconfig.json'), JSON.stringify(config));
  return run(process.execPath, [tsc, '-p', name], { cwd: project });
}

it('serves scripts: open, train, stop, go on, predict, evaluate, sample, export', async () => {
  const script = `
    import { type ImageDataset, loadDataset, openEngine, writePng } from 'mixgan';
    import { openClassifier, resumeClassifier, trainClassifier } from 'mixgan/classifier';
    import { openGan, trainGan } from 'mixgan/gan';

    const { engine } = await openEngine('wasm');
    const digits = await loadDataset('mnist');
    const few = (all: ImageDataset, count: number): ImageDataset => ({
      ...all,
      count,
      images: all.images.slice(0, count * 784),
      labels: all.labels!.slice(0, count),
    });
    const data = { train: few(digits.train, 32), test: few(digits.test, 8) };

    const stop = new AbortController();
    const seen: number[] = [];
    const first = await trainClassifier({
      preset: 'digits-quick',
      config: {
        steps: 4,
        batchSize: 8,
        model: { stem: 'patch', patch: 7, channels: 4, tokenDim: 4, channelDim: 4, numBlocks: 1 },
      },
      out: 'runs/x',
      data,
      engine,
      signal: stop.signal,
      onStep(step, metrics) {
        seen.push(step, Number(Number.isFinite(metrics['loss'])));
        if (step === 2) stop.abort();
      },
    });
    const result = await resumeClassifier('runs/x', { data, engine });
    const classifier = await openClassifier('runs/x', { engine, best: true });
    const [one] = await classifier.predict(data.test.images.subarray(0, 784));
    await writePng('one.png', {
      width: 28, height: 28, channels: 1, pixels: data.test.images.slice(0, 784),
    });
    const [same] = await classifier.predict(['one.png'], { views: 3 });
    const { accuracy, confusion } = await classifier.evaluate(data.test);
    const files = await classifier.export({ format: 'onnx', out: 'x.onnx' });
    await classifier.dispose();

    const stage = { channels: 4, numBlocks: 1, tokenDim: 4, channelDim: 4 };
    const drawn = await trainGan({
      config: {
        steps: 2,
        batchSize: 4,
        generator: { latentDim: 4, stages: [stage, { ...stage, numBlocks: 0 }] },
        discriminator: { channels: 4, numBlocks: 1, tokenDim: 4, channelDim: 4 },
      },
      data,
      engine,
    });
    const gan = await openGan(drawn.checkpoint, { engine });
    const pictures: Uint8Array = await gan.sample({ count: 3, seed: 1 });

    export const wrong = async () => {
      // @ts-expect-error there is no such key
      await trainClassifier({ config: { stepz: 4 } });
      // @ts-expect-error a number of steps is a number
      await trainGan({ config: { steps: 'many' } });
      // @ts-expect-error a path is a text
      await openClassifier(1);
      // @ts-expect-error it is a number
      const text: string = (await classifier.evaluate(data.test)).accuracy;
      return text;
    };
    console.log(JSON.stringify({
      outcomes: [first.outcome, result.outcome, drawn.outcome],
      steps: [first.steps, result.steps, drawn.steps],
      seen,
      best: result.best!.step,
      predicted: [one!.probabilities.length, same!.name.length > 0],
      evaluated: [accuracy >= 0, confusion.length],
      files,
      pictures: pictures.length,
    }));`;
  expect(await compile('scripts', { 'user.ts': script })).toMatchObject({ code: 0, stdout: '' });
  const cwd = join(project, 'scripts');
  const { stdout, stderr } = await succeeding(run(process.execPath, ['user.js'], { cwd }));
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({
    outcomes: ['interrupted', 'finished', 'finished'],
    steps: [2, 4, 2],
    seen: [1, 1, 2, 1],
    best: 4,
    predicted: [10, true],
    evaluated: [true, 10],
    files: ['x.onnx'],
    pictures: 3 * 784,
  });
  expect((await readdir(cwd)).sort()).toEqual(
    ['one.png', 'runs', 'tsconfig.json', 'user.js', 'user.ts', 'x.onnx'].sort(),
  );
});

it('runs the scripts that stand in samples/scripts', async () => {
  const folder = join(root, 'samples', 'scripts');
  const names = await readdir(folder);
  const code = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  for (const [i, text] of code.entries()) {
    expect(text.split('\n').length, names[i]).toBeLessThanOrEqual(40);
  }
  const files = Object.fromEntries(names.map((name, i) => [name, code[i]!]));
  expect(await compile('samples', files)).toMatchObject({ code: 0, stdout: '' });
  const cwd = join(project, 'samples');
  const script = async (name: string, ...args: string[]): Promise<string> =>
    (await succeeding(run(process.execPath, [`${name}.js`, ...args], { cwd }))).stdout;

  const says: Record<string, string> = {
    accelerate: await script('accelerate', '1'),
    'own-block': await script('own-block'),
    'compile-foreign': await script('compile-foreign', '150'),
    'train-classifier': await script('train-classifier', '2'),
    'train-gan': await script('train-gan', 'run', '2'),
    'read-run': await script('read-run', 'run'),
    sample: await script('sample', 'run', 'fakes.png'),
  };
  expect(Object.keys(says).sort()).toEqual(names.map((name) => name.replace('.ts', '')).sort());
  expect(says.accelerate).toMatch(/^[89]\d\.\d\d% of 2000 held-out digits$/m);
  expect(says['own-block']).toMatch(/^\d+ parameters$/m);
  const losses = [...says['compile-foreign']!.matchAll(/loss (\S+)/g)].map(([, loss]) => +loss!);
  expect(losses[1]).toBeLessThan(losses[0]! / 10);
  expect(says['train-classifier']).toMatch(/^finished: \d+\.\d\d% of 2000 held-out digits$/m);
  expect(says['train-gan']).toMatch(/^finished after 2 steps: look at run$/m);
  expect(says['read-run']).toMatch(/^after step 2: \d+ tensors of \d+ numbers$/m);
  expect(says.sample).toBe('64 pictures of 28 × 28 pixels in fakes.png\n');
  expect(await readdir(cwd)).toEqual(expect.arrayContaining(['digits.onnx', 'fakes.png', 'run']));
});

it('has types', async () => {
  const imports = `
    import { type MixerConfig, mixerBlock, mlpMixer, RandomStream } from 'mixgan';
    import { type GanConfig, ganPresets } from 'mixgan/gan';
    import { classifierPresets, type Evaluation } from 'mixgan/classifier';`;
  const right = await compile('right', {
    'user.ts': `${imports}
    export const stream: RandomStream = RandomStream.fromSeed(1).split('x');
    export const steps: number = ganPresets['mnist']!.steps;
    export const accuracy = (evaluation: Evaluation): number => evaluation.accuracy;
    export const kind: 'classifier' = classifierPresets['digits-quick']!.kind;
    export const parameters: number = mlpMixer({} as MixerConfig).countParams();
    export type Block = typeof mixerBlock;
    export type Loss = GanConfig['loss'];`,
  });
  expect(right).toMatchObject({ code: 0, stdout: '' });

  // Types that were any would let everything pass.
  const wrong = await compile('wrong', {
    'user.ts': `${imports}
    export const stream: string = RandomStream.fromSeed(1);
    export const steps: string = ganPresets['mnist']!.steps;
    export const accuracy = (evaluation: Evaluation): string => evaluation.accuracy;
    export const parameters: string = mlpMixer({} as MixerConfig).countParams();
    export const block: string = mixerBlock;
    export const config: GanConfig = classifierPresets['digits-quick']!;`,
  });
  expect(wrong.code).not.toBe(0);
  expect(wrong.stdout.match(/error TS/g)).toHaveLength(6);
});

const require = createRequire(import.meta.url);
const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');

it('has no any in its types', async () => {
  const folder = join(project, 'node_modules', 'mixgan', 'dist');
  const names = await readdir(folder, { recursive: true });
  const declarations = names.filter((name) => name.endsWith('.d.ts'));
  expect(declarations.length).toBeGreaterThan(entries.length);
  const offenders = [];
  for (const name of declarations) {
    const text = await readFile(join(folder, name), 'utf8');
    const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*|'[^']*'|"[^"]*"/g, '');
    if (/\bany\b/.test(code)) offenders.push(name);
  }
  expect(offenders).toEqual([]);
});
