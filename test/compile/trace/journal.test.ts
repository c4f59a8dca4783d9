import { describe, expect, it, vi } from 'vitest';
import { Builder } from '../../../src/compile/graph/builder.js';
import { Journal } from '../../../src/compile/trace/journal.js';

const build = new Builder();
const x = build.input('float32', [2]);

/** What a second trace makes of a call, after a first one that recorded another. */
function again(
  first: Readonly<Record<string, unknown>>,
  second: Readonly<Record<string, unknown>>,
) {
  const before = new Journal(undefined);
  const given = structuredClone(first);
  before.record('Exp', { x }, given, () => build.unary('Exp', x));
  // Whoever made the attributes may go on to change them.
  for (const list of Object.values(given)) if (Array.isArray(list)) list.push(7);
  const lower = vi.fn(() => build.unary('Exp', x));
  const after = new Journal(before);
  expect(after.record('Exp', { x }, second, lower)).toBe(build.unary('Exp', x));
  expect(after.parting).toBeUndefined();
  return lower.mock.calls.length;
}

describe('a call that a trace made before', () => {
  it.each([
    [{}],
    [{ axis: -1, name: 'a', wide: true, none: undefined }],
    [{ axes: [0, [1, 2]] }],
    [{ at: { x: 1 } }],
  ])('is not lowered again with %j', (attrs) => {
    expect(again(attrs, structuredClone(attrs))).toBe(0);
  });

  it.each([
    [{ axis: 0 }, { axis: 1 }],
    [{ axis: 0 }, { axis: -0 }],
    [{ axes: [0] }, { axes: [0, 7] }],
    [{ axes: [0] }, { axes: new Float32Array(1) }],
    [{ values: new Float32Array(1) }, { values: new Float32Array(1) }],
    [{}, { axis: 0 }],
  ])('is lowered again with %j, then %j', (first, second) => {
    expect(again(first, second)).toBe(1);
  });
});
