/**
 * A GAN whose discriminator looks with a classifier's eyes, on the command line.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { ExitCode } from '../../src/errors.js';
import { loadCheckpoint } from '../../src/train/checkpoint.js';
import { mixgan, succeeding } from '../support/cli.js';
import { idxImages, set, tinyGan, writeIdxFolder } from './runs.js';

let folder: string;
const cached = () => readdir(join(folder, 'cache', 'extractors')).catch(() => []);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mixgan-feature-network-'));
  vi.stubEnv('MIXGAN_CACHE', join(folder, 'cache'));
  await writeIdxFolder(join(folder, 'digits'));
  await writeIdxFolder(join(folder, 'bare'), idxImages(), null);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

const train = (
  data: string,
  network: Record<string, unknown>,
  flags: readonly string[],
  onStart?: Parameters<typeof mixgan>[1],
) =>
  mixgan(
    [
      ...['train', 'gan', ...tinyGan, '--data', data, '--steps=2', ...flags],
      ...set({ 'discriminator.featureNetwork': network }),
    ],
    { cwd: folder, ...onStart },
  );
const small = { channels: [3, 4], features: 5, steps: 3 };
const training = /training digits-feature-network, \d+ steps, once; kept in /;

it('trains the classifier once, goes on without it, and draws', async () => {
  const first = await succeeding(train('digits', small, ['--out=first']));
  expect(first.stderr).toMatch(training);
  expect(await cached()).toEqual([expect.stringMatching(/^digits-feature-network-[0-9a-f]{16}$/)]);
  const second = await succeeding(train('digits', small, ['--minutes=1e-6', '--out=second']));
  expect(second.stderr).not.toMatch(training);
  await rm(join(folder, 'cache'), { recursive: true });
  await succeeding(mixgan(['train', 'gan', '--engine=cpu', '--resume=second'], { cwd: folder }));
  const [a, b] = await Promise.all(
    ['first', 'second'].map((run) =>
      loadCheckpoint(join(folder, run, 'checkpoint', 'latest.safetensors')),
    ),
  );
  expect(b!.variables).toEqual(a!.variables);
  expect(a!.variables.has('discriminator/feature_network/conv_1/kernel')).toBe(true);
  const drawn = ['sample', 'first', '--engine=cpu', '--count=4', '--out=four.png'];
  await succeeding(mixgan(drawn, { cwd: folder }));
});

it('refuses images without classes by one line, and leaves no folder', async () => {
  const { code, stderr } = await train('bare', small, ['--out=unlabelled']);
  expect(code).toBe(ExitCode.usage);
  expect(stderr.trimEnd().split('\n').at(-1)).toBe(
    'mixgan: discriminator.featureNetwork: bare train has no classes that a classifier could learn to tell apart; --set discriminator.featureNetwork.steps=0 does without it',
  );
  expect(await readdir(folder)).not.toContain('unlabelled');
  const none = { ...small, steps: 0 };
  await succeeding(train('bare', none, ['--out=unlabelled']));
});

it.skipIf(process.platform === 'win32')(
  'ends with 130 where its classifier was to stop, which goes on the next time',
  async () => {
    const long = { ...small, steps: 200_000 };
    let asked = false;
    const { code, stderr } = await train('digits', long, ['--out=stopped'], {
      onStart: (child) =>
        child.stderr!.on('data', (text: string) => {
          if (!asked && /step [\d,]+\/200,000/.test(text)) asked = child.kill('SIGINT');
        }),
    });
    expect(code).toBe(ExitCode.interrupted);
    expect(stderr).toMatch(
      /mixgan: stopped after step [\d,]+ of 200,000 of digits-feature-network; give the same command again to go on there\n$/,
    );
    expect(await readdir(folder)).not.toContain('stopped');
    expect(await cached()).toHaveLength(1);
  },
);
