/** Filters as onnxruntime wants them for images in blocks of channels. */
import type { Builder } from '../../graph/builder.js';
import type { Value } from '../../graph/graph.js';
import { sizeOf } from '../../graph/shapes.js';

/**
 * [k…, C, C'] → [C', C, k…], lying as [C'/n, C/n, k…, n, n], the last axis of C'; as [C'/n, C, k…, n]
 * where C is less than a block.
 */
export function forwardFilter(build: Builder, filter: Value, block: number): Value {
  const [height, width, from, to] = filter.shape as [number, number, number, number];
  const taps = height * width;
  const shape = [to, from, height, width];
  if (from < block) {
    const split = build.reshape(filter, [taps, from, to / block, block]);
    return build.reshape(build.transpose(split, [2, 1, 0, 3]), shape);
  }
  const split = build.reshape(filter, [taps, from / block, block, to / block, block]);
  return build.reshape(build.transpose(split, [3, 1, 0, 2, 4]), shape);
}

/**
 * Which taps of a filter meet in the pixels of a gradient that are `strides` apart, along one axis:
 * pixel u = s · a + r has Σ dy[a − j] · w[s · j + r + before].
 */
export interface Phases {
  readonly count: number;
  /** For each phase r, the taps of the window over dy, one after the other; undefined: none. */
  readonly taps: readonly (readonly (number | undefined)[])[];
  /** Pixels by which that window begins before dy. */
  readonly before: number;
}

/** Each phase by itself, with the taps that it has, where not all have the same; one entry where they do. */
export function apart(phases: Phases): readonly Phases[] {
  const own = phases.taps.map((taps) => {
    const begin = taps.findIndex((tap) => tap !== undefined);
    const end = taps.findLastIndex((tap) => tap !== undefined) + 1;
    return { count: 1, taps: [taps.slice(begin, end)], before: phases.before - begin };
  });
  const isSame = own.every(({ taps: [taps] }) => taps!.length === phases.taps[0]!.length);
  return isSame || own.some(({ taps: [taps] }) => taps!.length === 0) ? [phases] : own;
}

/** @param before how many pixels before the image the windows begin */
export function phasesOf(kernel: number, stride: number, before: number): Phases {
  const last = Math.floor((kernel - 1 - before) / stride);
  const first = Math.ceil((1 - stride - before) / stride);
  const taps = Array.from({ length: stride }, (_, phase) =>
    Array.from({ length: last - first + 1 }, (_, t) => {
      const tap = stride * (last - t) + phase + before;
      return tap >= 0 && tap < kernel ? tap : undefined;
    }),
  );
  return { count: stride, taps, before: last };
}

/**
 * [kh, kw, C, C'] → the filter that makes of dy, C' channels, all phases of the image's gradient:
 * [sh · sw · C, C', th, tw], lying as [sh · sw · C/n, C'/n, th, tw, n, n], the last axis of C.
 */
export function backwardFilter(
  build: Builder,
  filter: Value,
  [rows, columns]: readonly [Phases, Phases],
  block: number,
): Value {
  const [height, width, to, from] = filter.shape as [number, number, number, number];
  const none = height * width;
  const places = rows.taps.flatMap((down) =>
    columns.taps.flatMap((across) =>
      down.flatMap((i) =>
        across.map((j) => (i === undefined || j === undefined ? none : i * width + j)),
      ),
    ),
  );
  // Blocks are turned in two steps, both of which onnxruntime is fast at.
  const turned = build.transpose(build.reshape(filter, [none, to, from]), [0, 2, 1]);
  const flat = build.reshape(turned, [none, from * to]);
  const source = places.includes(none)
    ? build.concat([flat, build.splat('float32', [1, from * to], 0)], 0)
    : flat;
  const gathered = build.op(
    'Gather',
    [source, build.int64s(places)],
    { dtype: filter.dtype, shape: [places.length, from * to] },
    { axis: 0 },
  );
  const phases = rows.count * columns.count;
  const window = [rows.taps[0]!.length, columns.taps[0]!.length];
  const split = build.reshape(gathered, [
    ...[phases, sizeOf(window)],
    ...[from / block, block, to / block, block],
  ]);
  const ordered = build.transpose(split, [0, 4, 2, 1, 3, 5]);
  return build.reshape(ordered, [phases * to, from, ...window]);
}
