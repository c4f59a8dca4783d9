import { describe, expect, it } from 'vitest';
import {
  type Machine,
  ringMs,
  stepMs,
  talkMs,
  treeMs,
  worthwhileRanks,
} from '../../bench/scaling-model.js';

const machine: Machine = {
  fixedMs: 2,
  imageMs: 1,
  cutMs: 0.5,
  bytes: 4e6,
  latencyMs: 0.002,
  bandwidth: 1e7,
};

describe('predicted steps', () => {
  it('of one rank are computing alone', () => {
    expect(stepMs(machine, 64, 1)).toBe(66);
    expect(talkMs(machine, 1)).toBe(0);
  });

  it('exchange the vector once between two, by either way', () => {
    expect(ringMs(machine, 2)).toBeCloseTo(0.404);
    expect(treeMs(machine, 2)).toBeCloseTo(0.402);
    expect(stepMs(machine, 64, 2)).toBeCloseTo(2 + 32 + 0.5 + 0.402 + 0.002);
  });

  it('take the ring for what is long, the tree for what is short', () => {
    expect(talkMs(machine, 64)).toBeCloseTo(ringMs(machine, 64) + 6 * 0.002);
    const short = { ...machine, bytes: 100 };
    expect(talkMs(short, 64)).toBeCloseTo(treeMs(short, 64) + 6 * 0.002);
  });

  it('are worth more ranks the more there is to compute', () => {
    expect(worthwhileRanks(machine, 16)).toBeLessThan(worthwhileRanks(machine, 1024));
    expect(worthwhileRanks({ ...machine, fixedMs: 1e3 }, 64)).toBe(1);
    expect(worthwhileRanks({ ...machine, fixedMs: 0, cutMs: 0, bytes: 0, latencyMs: 0 }, 64)).toBe(
      64,
    );
  });
});
