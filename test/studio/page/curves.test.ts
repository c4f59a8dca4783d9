/** What curves are made of: histories that grow, smoothing, thinning, scales. */
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/random.js';
import { label, scaleOf } from '../../../studio/page/chart/scale.js';
import { smoothed } from '../../../studio/page/chart/smooth.js';
import { thin } from '../../../studio/page/chart/thin.js';
import { History, lastAtMost } from '../../../studio/page/state/history.js';

describe('a history', () => {
  it('takes text in pieces of any length, and leaves gaps where numbers are none', () => {
    const text = '{"step":1,"seconds":2,"a":3}\n{"step":2,"seconds":4,"a":null,"b":1}\nnonsense\n';
    for (const size of [1, 7, text.length]) {
      const history = new History('v');
      for (let i = 0; i < text.length; i += size) history.append(text.slice(i, i + size), size);
      expect([...history.curve('a')!.values]).toEqual([3, Number.NaN]);
      expect([...history.curve('a')!.seconds]).toEqual([2, 4]);
      expect([...history.curve('b')!.steps]).toEqual([2]);
      expect([history.lines, history.lastStep, history.names]).toEqual([2, 2, ['a', 'b']]);
    }
  });

  it('tells the numbers of a step, and none of another', () => {
    const history = new History('v');
    history.append('{"step":5,"seconds":1,"a":1}\n{"step":9,"seconds":2,"b":2}\n', 0);
    expect(history.at(5)).toEqual({ a: 1 });
    expect(history.at(6)).toEqual({});
    expect(history.at(9)).toEqual({ b: 2 });
  });
});

it('the last that is at most a limit is found', () => {
  expect([0, 1, 2, 5, 6].map((limit) => lastAtMost([1, 2, 5], limit))).toEqual([-1, 0, 1, 2, 2]);
  expect(lastAtMost([], 3)).toBe(-1);
});

describe('smoothing', () => {
  it('begins at the first point, keeps what is constant, and reaches the last point', () => {
    expect(smoothed(Float64Array.of(4, 8), 0.5)[0]).toBe(4);
    for (const value of smoothed(new Float64Array(9).fill(7), 0.97))
      expect(value).toBeCloseTo(7, 12);
    // By hand: (0.25·1 + 0.5·3) / 0.75.
    expect(smoothed(Float64Array.of(1, 3), 0.5)[1]).toBeCloseTo(7 / 3, 12);
    expect(smoothed(Float64Array.of(1, 3, 2), 0)).toEqual(Float64Array.of(1, 3, 2));
  });

  it('goes on after a gap', () => {
    const [first, gap, last] = smoothed(Float64Array.of(2, Number.NaN, 2), 0.9);
    expect([first, gap]).toEqual([2, Number.NaN]);
    expect(last).toBeCloseTo(2, 12);
  });
});

describe('thinning', () => {
  it('keeps the ends, and every extreme, of 100,000 points', () => {
    const random = RandomStream.fromSeed(3);
    const ys = Float64Array.from({ length: 100_000 }, () => random.uniform());
    ys[70_123] = 50;
    ys[31_000] = -50;
    const xs = Float64Array.from(ys, (_, i) => i);
    const places = thin(xs, ys, 0, ys.length, 600);
    expect(places.length).toBeLessThanOrEqual(4 * 601);
    expect(places).toEqual(expect.arrayContaining([0, 31_000, 70_123, 99_999]));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it('leaves few points alone', () => {
    const some = Float64Array.of(1, 2, 3);
    expect(thin(some, some, 1, 3, 100)).toEqual([1, 2]);
  });
});

describe('scales', () => {
  it('have ticks at round numbers', () => {
    expect(scaleOf(0, 1).ticks(5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(scaleOf(-3, 12).ticks(4)).toEqual([0, 5, 10]);
    expect(scaleOf(0.001, 100, true).ticks(6)).toEqual([0.001, 0.01, 0.1, 1, 10, 100]);
    expect(scaleOf(5, 5).ticks(5)).toEqual([5]);
  });

  it('are inverse to themselves', () => {
    for (const scale of [scaleOf(2, 9), scaleOf(0.01, 900, true)]) {
      expect(scale.value(scale.place(3.5))).toBeCloseTo(3.5, 9);
      expect([scale.place(scale.low), scale.place(scale.high)]).toEqual([0, 1]);
    }
    expect(scaleOf(-1, 2, true).isLog).toBe(false);
  });

  it('name numbers of any size in a few letters', () => {
    const sizes = [0, 0.25, 1234, 25_000, 1_200_000, 3e-7, 2e12, -0.5];
    expect(sizes.map(label)).toEqual(['0', '0.25', '1234', '25k', '1.2M', '3e-7', '2e12', '-0.5']);
  });
});
