/**
 * Readers that are reached through the command line, which has to answer in a line, without a
 * character that a terminal would obey.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { classifierPresets } from '../../../classifier/presets.js';
import { ganPresets } from '../../../gan/presets.js';
import { main } from '../../../src/cli/cli.js';
import { families } from '../../../src/cli/families.js';
import { ExitCode, InputError } from '../../../src/errors.js';
import { releasedFile } from '../../golden/imported.js';
import { png } from '../../image/png-bytes.js';
import { expectWellFormed } from '../../support/markup.js';
import { changedJson, hostileTexts } from '../json.js';
import { digestOf, type Reader } from '../reader.js';

/** Nothing that a terminal would obey but line breaks. */
const obeyed = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;

/** What a command prints; an InputError where it fails in the way that commands are to. */
async function runCommand(args: readonly string[]): Promise<string> {
  const printed = { stdout: '', stderr: '' };
  const writes = { stdout: process.stdout.write, stderr: process.stderr.write };
  for (const name of ['stdout', 'stderr'] as const) {
    process[name].write = (text: string | Uint8Array) => {
      printed[name] += String(text);
      return true;
    };
  }
  const code = await main(args, families).finally(() => {
    Object.assign(process.stdout, { write: writes.stdout });
    Object.assign(process.stderr, { write: writes.stderr });
    process.stdout.removeAllListeners('error');
    process.stderr.removeAllListeners('error');
  });
  const { stdout, stderr } = printed;
  if (obeyed.test((stdout + stderr).replaceAll('\n', ''))) throw new Error('control characters');
  if (code === ExitCode.ok) return stdout;
  const lines = stderr.trimEnd().split('\n');
  if (code === ExitCode.defect || !lines.at(-1)!.startsWith('mixgan: ')) throw new Error(stderr);
  if (stdout !== '') throw new Error(`both a failure and ${stdout}`);
  throw new InputError(lines.at(-1)!);
}

const start = async (samples: readonly unknown[]): Promise<Buffer[]> =>
  samples.map((sample) => Buffer.from(JSON.stringify(sample)));

export const configFileReader: Reader = {
  name: '--config',
  weight: 0.3,
  hasChecksum: false,
  samples: () =>
    start([
      { steps: 5, generator: { latentDim: 8 }, penalty: { gamma: 2 } },
      { batchSize: 8, data: 'x', optimiser: { generatorRate: 1e-3 } },
    ]),
  forge: (sample, random) => Buffer.from(changedJson(sample.toString(), random)),
  bombs: () => [Buffer.from(`{"data": ${'['.repeat(1e6)}${']'.repeat(1e6)}}`)],
  async read(path) {
    return digestOf(await runCommand(['train', 'gan', '--dry-run', '--config', path]));
  },
};

export const assignmentReader: Reader = {
  name: '--set and flags',
  weight: 0.3,
  hasChecksum: false,
  samples: async () =>
    [
      ...['model.patch=7', 'optimiser.kind=sgd', 'model={"arch":"vit"}', 'augmentation.flip=true'],
      ...['--preset=digits', '--seed=3', '--arch=cnn', '--image-size=28', '--engine=cpu'],
      ...hostileTexts.map((text) => `data=${text}`),
    ].map((text) => Buffer.from(text)),
  async read(path) {
    // No argument of a process holds a NUL.
    const text = (await readFile(path)).toString('utf8').replaceAll('\0', '');
    const args = text.startsWith('-') ? [text] : ['--set', text];
    return digestOf(await runCommand(['train', 'classifier', '--dry-run', ...args]));
  },
};

const metrics = (names: readonly string[]): string =>
  [1, 2, 3, 4]
    .map((step) =>
      JSON.stringify({
        ...{ step, seconds: step / 2 },
        ...Object.fromEntries(names.map((name) => [name, step + 0.5])),
      }),
    )
    .join('\n')
    .concat('\n');

const confusion = [
  [3, 1],
  [0, 4],
];
const evaluations = {
  classifier: {
    ...{ step: 4, data: 'mnist', accuracy: 0.875, count: 8, correct: 7, crossEntropy: 0.2 },
    perClass: ['a', 'b'].map((name) => ({ name, count: 4, correct: 3, accuracy: 0.75 })),
    confusion,
  },
};

const publishedEvaluation = fileURLToPath(
  new URL('../../../samples/mnist-quick/evaluation.json', import.meta.url),
);

/** Reports on a run of which one file is the one that is given. */
async function report(kind: 'gan' | 'classifier', name: string, path: string, folder: string) {
  const run = join(folder, 'run');
  await mkdir(run);
  const preset = kind === 'gan' ? ganPresets['mnist-quick']! : classifierPresets['digits-quick']!;
  const names = kind === 'gan' ? ['discriminator.loss', 'generator.loss'] : ['loss', 'accuracy'];
  await writeFile(join(run, 'config.json'), JSON.stringify(preset));
  await writeFile(join(run, 'metrics.jsonl'), metrics(names));
  await writeFile(join(run, 'log.txt'), '2026-01-01T00:00:00.000Z engine: onnx\n');
  if (kind === 'classifier') {
    await writeFile(join(run, 'evaluation.json'), JSON.stringify(evaluations.classifier));
  } else {
    const picture = png({ width: 2, height: 2, values: [1, 2, 3, 4] });
    await writeFile(join(run, 'fakes-000002.png'), picture);
  }
  await rename(path, join(run, name));
  const out = join(folder, 'out.html');
  await runCommand(['report', run, '--out', out]);
  const page = await readFile(out, 'utf8');
  if (/<script/i.test(page) || /="[^"]*\bNaN\b/.test(page.replace(/aria-label="[^"]*"/g, ''))) {
    throw new Error('a page with a script, or a chart of NaN');
  }
  for (const [svg] of page.matchAll(/<svg .*?<\/svg>/gs)) expectWellFormed(svg);
  return digestOf(page.replaceAll(folder, ''));
}

const textForge: NonNullable<Reader['forge']> = (sample, random) =>
  Buffer.from(
    sample
      .toString()
      .split('\n')
      .map((line) => (line !== '' && random.integer(3) === 0 ? changedJson(line, random) : line))
      .join('\n'),
  );

export const runReaders: readonly Reader[] = [
  {
    name: 'config.json of a GAN',
    weight: 0.15,
    hasChecksum: false,
    samples: () => start([ganPresets['mnist-quick']]),
    forge: textForge,
    read: (path, folder) => report('gan', 'config.json', path, folder),
  },
  {
    name: 'config.json of a classifier',
    weight: 0.15,
    hasChecksum: false,
    samples: () => start([classifierPresets['digits-quick']]),
    forge: textForge,
    read: (path, folder) => report('classifier', 'config.json', path, folder),
  },
  {
    name: 'metrics.jsonl',
    weight: 0.15,
    hasChecksum: false,
    samples: async () => [
      Buffer.from(metrics(['discriminator.loss', 'discriminator.r1', 'other'])),
    ],
    forge: textForge,
    read: (path, folder) => report('gan', 'metrics.jsonl', path, folder),
  },
  {
    name: 'evaluation.json of a GAN',
    weight: 0.15,
    hasChecksum: false,
    samples: async () => start([JSON.parse(await readFile(publishedEvaluation, 'utf8'))]),
    forge: textForge,
    read: (path, folder) => report('gan', 'evaluation.json', path, folder),
  },
  {
    name: 'evaluation.json of a classifier',
    weight: 0.15,
    hasChecksum: false,
    samples: () => start([evaluations.classifier]),
    forge: textForge,
    read: (path, folder) => report('classifier', 'evaluation.json', path, folder),
  },
  {
    name: 'log.txt',
    weight: 0.1,
    hasChecksum: false,
    samples: async () =>
      hostileTexts.map((text) => Buffer.from(`2026 engine: ${text}\n<b>${text}`)),
    read: (path, folder) => report('gan', 'log.txt', path, folder),
  },
];

export const importReader: Reader = {
  name: 'import',
  weight: 0.3,
  hasChecksum: false,
  samples: () =>
    Promise.all(
      ['timm-mixer.safetensors', 'timm-gmlp.safetensors', 'flax-mixer.npz'].map((name) =>
        readFile(releasedFile(name)),
      ),
    ),
  async read(path, folder) {
    const out = join(folder, 'run');
    const printed = await runCommand(['import', path, '--out', out, '--json']);
    return digestOf(printed.replaceAll(folder, ''));
  },
};
