/** What is computed along axes: sums and their like, norms, orders. */
import {
  at,
  axisOf,
  type Call,
  fill,
  floatOf,
  indicesOf,
  type Kernel,
  type KernelTable,
  type Operand,
} from './kernel.js';

/** The numbers of `x` along some axes, at an index without them or with zeros there. */
function along(x: Operand, axes: readonly number[], index: readonly number[]): number[] {
  const kept = x.shape.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]));
  const short = index.length < x.shape.length;
  const base = x.shape.map(() => 0);
  kept.forEach((axis, i) => {
    base[axis] = index[short ? i : axis]!;
  });
  return indicesOf(axes.map((axis) => x.shape[axis]!)).map((inner) => {
    const full = [...base];
    axes.forEach((axis, i) => {
      full[axis] = inner[i]!;
    });
    return at(x, full);
  });
}

const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
const largest = (list: readonly number[]): number =>
  list.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);

const reduce =
  (f: (list: readonly number[]) => number): Kernel =>
  ({ inputs: [x, axes], outputs }) => [
    fill(outputs[0]!.shape, (index) => f(along(x!, Array.from(axes!.values), index))),
  ];

/** Each list along the axis of the attributes as another one. */
function map({ inputs, attributes }: Call, f: (list: readonly number[]) => readonly number[]) {
  const [x] = inputs as readonly [Operand];
  const axis = axisOf(attributes.axis ?? -1, x.shape.length);
  return fill(x.shape, (index) => f(along(x, [axis], index.with(axis, 0)))[index[axis]!]!);
}

function softmax(list: readonly number[]): number[] {
  const most = largest(list);
  const total = sum(list.map((x) => Math.exp(x - most)));
  return list.map((x) => Math.exp(x - most) / total);
}

function logSoftmax(list: readonly number[]): number[] {
  const most = largest(list);
  const total = Math.log(sum(list.map((x) => Math.exp(x - most))));
  return list.map((x) => x - most - total);
}

const indexOfBest =
  (isBetter: (a: number, b: number) => boolean): Kernel =>
  ({ inputs: [x], outputs, attributes }) => {
    const axis = axisOf(attributes.axis, x!.shape.length);
    return [
      fill(outputs[0]!.shape, (index) =>
        along(x!, [axis], index).reduce(
          (best, value, i, list) => (isBetter(value, list[best]!) ? i : best),
          0,
        ),
      ),
    ];
  };

export const reductions: KernelTable = {
  ReduceSum: reduce(sum),
  // Of no numbers it is what onnxruntime makes of it.
  ReduceMean: reduce((list) => sum(list) / Math.max(list.length, 1)),
  ReduceMax: reduce(largest),
  ReduceMin: reduce((list) => list.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)),
  ReduceProd: reduce((list) => list.reduce((a, b) => a * b, 1)),
  ArgMax: indexOfBest((a, b) => a > b),
  ArgMin: indexOfBest((a, b) => a < b),
  Softmax: (call) => [map(call, softmax)],
  LogSoftmax: (call) => [map(call, logSoftmax)],
  CumSum: (call) => {
    const { inputs, attributes } = call;
    const { exclusive, reverse } = attributes;
    const turned = <T>(list: readonly T[]): readonly T[] =>
      reverse === 1 ? [...list].reverse() : list;
    const running = (list: readonly number[]): readonly number[] => {
      let total = 0;
      const totals = turned(list).map((value) => {
        const before = total;
        total += value;
        return exclusive === 1 ? before : total;
      });
      return turned(totals);
    };
    return [map({ ...call, attributes: { axis: inputs[1]!.values[0]! } }, running)];
  },
  // Pairs of a real and an imaginary part on the last axis.
  DFT: ({ inputs: [x, , which], outputs, attributes }) => {
    const axis = axisOf(which!.values[0], x!.shape.length);
    const length = x!.shape[axis]!;
    const [sign, scale] = attributes.inverse === 1 ? [1, 1 / length] : [-1, 1];
    return [
      fill(outputs[0]!.shape, (index) => {
        const part = index.at(-1)!;
        const terms = Array.from({ length }, (_, k) => {
          const angle = (sign * 2 * Math.PI * ((k * index[axis]!) % length)) / length;
          const at1 = (i: number) => at(x!, index.with(axis, k).with(-1, i));
          const [re, im, cosine, sine] = [at1(0), at1(1), Math.cos(angle), Math.sin(angle)];
          return part === 0 ? re * cosine - im * sine : re * sine + im * cosine;
        });
        return scale * sum(terms);
      }),
    ];
  },
  TopK: ({ inputs: [x], outputs }) => {
    const last = x!.shape.length - 1;
    const ranked = (index: readonly number[]): { value: number; i: number } =>
      along(x!, [last], index.with(last, 0))
        .map((value, i) => ({ value, i }))
        .sort((a, b) => b.value - a.value || a.i - b.i)[index[last]!]!;
    const { shape } = outputs[0]!;
    return [fill(shape, (index) => ranked(index).value), fill(shape, (index) => ranked(index).i)];
  },
  LayerNormalization: ({ inputs: [x, gamma, beta], outputs, attributes }) => {
    const last = x!.shape.length - 1;
    const epsilon = floatOf(attributes.epsilon, 1e-5);
    const statistics = (index: readonly number[]) => {
      const list = along(x!, [last], index.with(last, 0));
      const mean = sum(list) / list.length;
      const variance = sum(list.map((value) => (value - mean) ** 2)) / list.length;
      return { mean, rate: 1 / Math.sqrt(variance + epsilon) };
    };
    const y = fill(x!.shape, (index) => {
      const { mean, rate } = statistics(index);
      const channel = index[last]!;
      const normalised = (at(x!, index) - mean) * rate;
      return normalised * gamma!.values[channel]! + (beta?.values[channel] ?? 0);
    });
    const [, means, rates] = outputs;
    return [
      y,
      ...(means === undefined ? [] : [fill(means.shape, (index) => statistics(index).mean)]),
      ...(rates === undefined ? [] : [fill(rates.shape, (index) => statistics(index).rate)]),
    ];
  },
};
