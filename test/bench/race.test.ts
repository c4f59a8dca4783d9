import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { peerContestant } from '../../bench/contestants.js';
import { race } from '../../bench/race.js';
import type { Racer } from '../../bench/racer.js';
import { run } from '../support/cli.js';

/** A contestant whose steps take as long as it says, the first one ten times as long. */
function racer(name: string, ms: number, asked: number[] = []): Racer {
  const reply = { ms, peakBytes: ms * 1000 };
  return {
    name,
    prepare: async () => ({ ...reply, ms: 10 * ms, images: 8, flops: 4e6 }),
    steps: async (times) => {
      asked.push(times);
      return reply;
    },
    stop: () => undefined,
  };
}

describe('a race', () => {
  it('tells the share of the step that its products alone would take', async () => {
    const racers = [racer('onnx', 100), racer('wasm', 400)];
    const ruler = racer('its products alone', 75);
    const [ours, other, ...more] = await race('predict', { racers, ruler, steps: 2 });
    expect(more).toEqual([]);
    expect(ours).toMatchObject({
      ...{ engine: 'onnx', msPerStep: 100, firstStepMs: 1000, imagesPerSecond: 80 },
      ...{ productsMs: 75, productsShare: 0.75, gflopsPerSecond: 0.04, stepsPerTurn: 1 },
    });
    // Its steps are no graph of these products.
    expect(other).toMatchObject({ engine: 'wasm', productsMs: null, productsShare: null });
  });

  it('times short steps many at once', async () => {
    const asked: number[] = [];
    const [result] = await race('predict', { racers: [racer('quick', 2, asked)], steps: 2 });
    expect(result).toMatchObject({ msPerStep: 2, stepsPerTurn: 30 });
    expect(asked).toEqual([1, 30, 30, 30, 30, 30, 30]);
  });

  it('goes on without one that fails, where somebody is told', async () => {
    const broken: Racer = {
      ...racer('broken', 1),
      prepare: () => Promise.reject(new Error('no such thing')),
    };
    const racers = [broken, racer('onnx', 100)];
    const told: string[] = [];
    const failed = ({ name }: Racer, error: unknown) => void told.push(`${name}: ${error}`);
    const results = await race('predict', { racers, steps: 1, failed });
    expect(results.map(({ engine }) => engine)).toEqual(['onnx']);
    expect(told).toEqual(['broken: Error: no such thing']);
    await expect(race('predict', { racers, steps: 1 })).rejects.toThrow('no such thing');
  });
});

describe('who cannot race', () => {
  it('is told with why', () => {
    expect(peerContestant('jax', 'no-such-python')).toMatchObject({
      refused: expect.stringContaining('no-such-python'),
    });
    // A Python that lacks the package: any program that fails with a last line.
    expect(peerContestant('torch', process.execPath)).toMatchObject({
      refused: expect.stringMatching(/\S/),
    });
  });

  it('is refused by name', async () => {
    const compare = fileURLToPath(new URL('../../bench/compare.ts', import.meta.url));
    const args = ['--import', 'tsx', compare, '--peer', 'theano'];
    const { code, stderr } = await run(process.execPath, args);
    expect(code).toBe(2);
    expect(stderr).toContain("--peer: there is no 'theano'; choose of torch, torch.compile, jax");
  });
});
