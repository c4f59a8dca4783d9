import { describe, expect, it } from 'vitest';
import { createProgress, type ProgressOptions } from '../../src/train/progress.js';

/** A progress with a clock that stands still until it is told, and a stream that remembers. */
function setUp(options: Partial<ProgressOptions> & { columns?: number } = {}) {
  const written: string[] = [];
  const clock = { ms: 0 };
  const { columns, ...rest } = options;
  const stream = {
    write: (text: string) => written.push(text),
    isTTY: true,
    ...(columns === undefined ? {} : { columns }),
  };
  const progress = createProgress({ stream, totalSteps: 5000, now: () => clock.ms, ...rest });
  return { progress, written, clock };
}

const erase = '\r\x1b[K';

describe('on a terminal', () => {
  it('redraws one line with the step, the rate, the numbers and the time left', () => {
    const { progress, written, clock } = setUp({ startStep: 1200 });
    clock.ms = 10_000;
    progress.update(1232, { d: 0.69261, g: 1.2 });
    expect(written).toEqual([
      `${erase}step 1,232/5,000 · 3.2 steps/s · d 0.693 g 1.2 · 19m 38s left`,
    ]);
  });

  it('draws at most ten times a second, and the last update always', () => {
    const { progress, written, clock } = setUp();
    for (let step = 1; step <= 1000; step++) {
      clock.ms = step;
      progress.update(step);
    }
    expect(written.length).toBe(10);
    progress.done();
    expect(written.length).toBe(12);
    expect(written.at(-2)).toContain('step 1,000/5,000');
    expect(written.at(-1)).toBe('\n');
  });

  it('cuts the line to the width of the terminal', () => {
    const { progress, written, clock } = setUp({ columns: 20 });
    clock.ms = 1000;
    progress.update(10, { loss: 1 });
    expect(written).toEqual([`${erase}step 10/5,000 · 10…`]);
    expect(written[0]!.length - erase.length).toBe(19);
  });

  it('fits on a terminal with next to no width', () => {
    const { progress, written } = setUp({ columns: 1 });
    progress.update(10);
    expect(written).toEqual([`${erase}…`]);
  });

  it.each([undefined, 0])('takes a terminal of width %s for one of 80', (columns) => {
    const { progress, written } = setUp(columns === undefined ? {} : { columns });
    progress.update(1, { ['x'.repeat(100)]: 1 });
    expect(written[0]!.length - erase.length).toBe(79);
  });

  it('prints lasting lines above the live one', () => {
    const { progress, written } = setUp();
    progress.line('before');
    progress.update(1);
    progress.line('saved fakes-000001.png');
    expect(written).toEqual([
      `${erase}before\n`,
      `${erase}step 1/5,000`,
      `${erase}saved fakes-000001.png\n`,
      `${erase}step 1/5,000`,
    ]);
  });

  it('shows what lines hold, and does not obey it', () => {
    const { written, progress } = setUp();
    progress.line('a\rb\x1b[2J');
    expect(written.join('')).toContain('a\\u000db\\u001b[2J\n');
  });

  it('ends without a word where nothing was shown', () => {
    const { progress, written } = setUp();
    progress.done();
    expect(written).toEqual([]);
  });
});

describe('elsewhere', () => {
  it('prints the first update, one every ten seconds, and the last', () => {
    const { progress, written, clock } = setUp({ isTTY: false });
    for (let step = 1; step <= 25; step++) {
      clock.ms = step * 1000;
      progress.update(step, { loss: 2 });
    }
    progress.line('saved');
    progress.done();
    expect(written).toEqual([
      'step 1/5,000 · 1.0 steps/s · loss 2 · 1h 23m left\n',
      'step 11/5,000 · 1.0 steps/s · loss 2 · 1h 23m left\n',
      'step 21/5,000 · 1.0 steps/s · loss 2 · 1h 22m left\n',
      'saved\n',
      'step 25/5,000 · 1.0 steps/s · loss 2 · 1h 22m left\n',
    ]);
  });

  it('does not repeat the last update', () => {
    const { progress, written } = setUp({ isTTY: false });
    progress.update(5000);
    progress.done();
    progress.done();
    expect(written).toEqual(['step 5,000/5,000\n']);
  });
});

describe('the rate', () => {
  const rateAfter = (times: readonly number[]): string => {
    const { progress, written, clock } = setUp({ isTTY: false, plainIntervalMs: 0 });
    times.forEach((time, index) => {
      clock.ms = time;
      progress.update(index + 1);
    });
    return written.at(-1)!.split(' · ')[1]!;
  };

  it('forgets a slow start', () => {
    // One step of a minute, then ten steps a second for half a minute.
    const times = Array.from({ length: 301 }, (_, i) => 60_000 + 100 * i);
    expect(rateAfter(times)).toBe('10.0 steps/s');
  });

  it('follows a change of speed', () => {
    const fast = Array.from({ length: 400 }, (_, i) => 100 * (i + 1));
    const slow = Array.from({ length: 20 }, (_, i) => 40_000 + 1000 * (i + 1));
    expect(rateAfter([...fast, ...slow])).toBe('1.0 steps/s');
  });

  it('is told as seconds a step where steps are slow', () => {
    expect(rateAfter([60_000, 75_000, 90_000, 105_000])).toBe('15 s/step');
  });

  it('has no decimals where steps are fast', () => {
    expect(rateAfter(Array.from({ length: 2000 }, (_, i) => (i + 1) / 2))).toBe('2,000 steps/s');
  });
});

it.each([
  [42, '42s'],
  [59.6, '1m 00s'],
  [252, '4m 12s'],
  [3 * 3600 + 5 * 60, '3h 05m'],
  [2 * 86_400 + 4 * 3600, '2d 04h'],
])('says %d seconds as %s', (seconds, text) => {
  const { progress, written, clock } = setUp({ totalSteps: 2 });
  clock.ms = seconds * 1000;
  progress.update(1);
  expect(written[0]).toMatch(new RegExp(`· ${text} left$`));
});

it.each([
  [Number.NaN, 'NaN'],
  [Number.POSITIVE_INFINITY, 'Infinity'],
  [1234.5, '1230'],
  [0.000012345, '0.0000123'],
  [0, '0'],
])('shows the number %d as %s', (value, text) => {
  const { progress, written } = setUp();
  progress.update(1, { loss: value });
  expect(written[0]).toBe(`${erase}step 1/5,000 · loss ${text}`);
});
