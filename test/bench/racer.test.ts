import { describe, expect, it } from 'vitest';
import type { RaceResult } from '../../bench/race.js';
import { programRacer } from '../../bench/racer.js';
import { EngineError } from '../../src/errors.js';
import { mixgan, succeeding } from '../support/cli.js';

describe('a contestant', () => {
  it('has the memory of one workload, not of those before it', async () => {
    const { stdout } = await succeeding(
      mixgan([
        ...['bench', '--engine', 'onnx', '--threads', '1', '--steps', '1', '--json'],
        ...['--workload', 'classifier-step-cifar', 'sample-1'],
      ]),
    );
    const [large, small] = JSON.parse(stdout) as RaceResult[];
    expect(small!.peakBytes).toBeLessThan(0.8 * large!.peakBytes);
    // What a process weighs before it computes anything.
    expect(small!.peakBytes).toBeGreaterThan(2 ** 25);
  });

  it('may be a program, started anew for each workload', async () => {
    const answer = `let asked = 0;
      process.stdin.on('data', (line) =>
        console.log(JSON.stringify({ ms: ++asked, peakBytes: String(line).length })));`;
    const program = programRacer('a program', process.execPath, ['--eval', answer]);
    expect(await program.prepare('sample')).toEqual({ ms: 1, peakBytes: 9 });
    expect((await program.steps(1)).ms).toBe(2);
    expect(await program.prepare('predict')).toEqual({ ms: 1, peakBytes: 10 });
    program.stop();
  });

  it('says when it gave up', async () => {
    const program = programRacer('a program', process.execPath, ['--eval', 'process.exit(3)']);
    await expect(program.prepare('sample')).rejects.toThrow(EngineError);
  });
});
