import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { RandomStream } from '../../src/random.js';
import { loadCheckpoint, saveCheckpoint } from '../../src/train/checkpoint.js';

const child = fileURLToPath(new URL('checkpoint-child.ts', import.meta.url));
const killsPerLane = 10;

/** Saves from step `first` on in another process, and kills it `delayMs` after its first save. */
async function saveUntilKilled(path: string, first: number, delayMs: number): Promise<number> {
  const started = spawn(process.execPath, ['--import', 'tsx', child, path, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  started.stdout.setEncoding('utf8');
  started.stdout.once('data', () => setTimeout(() => started.kill('SIGKILL'), delayMs));
  started.stdout.on('data', (text: string) => {
    output += text;
  });
  const [, signal] = await once(started, 'close');
  expect(signal).toBe('SIGKILL');
  return Number(output.trimEnd().split('\n').at(-1));
}

/** Kills the saving process again and again; gives how often it left a temporary file behind. */
async function killRepeatedly(path: string, delays: RandomStream): Promise<number> {
  let step = 0;
  let leftovers = 0;
  for (let kill = 0; kill < killsPerLane; kill++) {
    const acknowledged = await saveUntilKilled(path, step + 1, delays.uniform(0, 40));
    const loaded = await loadCheckpoint(path, { kind: 'gan' });
    // One more may have been in place before it could be acknowledged.
    expect([acknowledged, acknowledged + 1]).toContain(loaded.step);
    const { values } = loaded.variables.get('w')!;
    expect(values.length).toBe(100_000);
    expect(values.every((value) => value === loaded.step)).toBe(true);
    leftovers += (await readdir(dirname(path))).length - 1;
    step = loaded.step;

    await saveCheckpoint(path, loaded);
    expect(await readdir(dirname(path))).toEqual(['latest.safetensors']);
  }
  return leftovers;
}

it('never loses an acknowledged checkpoint to a kill at any moment', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mixgan-kill-'));
  try {
    const random = RandomStream.fromSeed(1);
    const leftovers = await Promise.all(
      ['a', 'b'].map((lane) =>
        killRepeatedly(join(folder, lane, 'latest.safetensors'), random.split(lane)),
      ),
    );
    // Otherwise no kill hit the middle of a save, and nothing was tested.
    expect(leftovers[0]! + leftovers[1]!).toBeGreaterThan(0);
  } finally {
    await rm(folder, { recursive: true });
  }
});
