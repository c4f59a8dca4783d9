import { describe, expect, it } from 'vitest';
import { Builder } from '../../../src/compile/graph/builder.js';
import { type DType, type Graph, nodesOf, type Value } from '../../../src/compile/graph/graph.js';
import { print } from '../../../src/compile/graph/print.js';
import { type Shape, sizeOf } from '../../../src/compile/graph/shapes.js';
import { laws } from '../../../src/compile/graph/simplify/index.js';
import type { Equality } from '../../../src/compile/graph/simplify/rule.js';
import { legalise } from '../../../src/compile/passes/legalise.js';
import { RandomStream } from '../../../src/random.js';
import { interpreter } from '../../support/interpreter/interpreter.js';

type Make = (build: Builder, ...inputs: Value[]) => Value | readonly Value[];

/** A term that has the form of a law's left side, and its inputs' shapes. */
interface Example {
  readonly shapes: readonly Shape[];
  readonly dtype?: DType;
  readonly make: Make;
  /** Terms of the form that the law leaves alone, as they would leave the range of float32. */
  readonly leaves?: Make;
}

const of = (...shapes: Shape[]): Shape[] => shapes;
const [matrix, image] = [
  [4, 6],
  [2, 3, 4],
] as const;
const special = [0, -0, 1, -1, 0.3, -7, 1e20, -3e38, 1e-20, 1e-45, Infinity, -Infinity, NaN];

/** The columns [B · C, S] of [B, S, C]. */
const columns = (build: Builder, x: Value): Value => {
  const [batch, rows, channels] = x.shape as [number, number, number];
  return build.reshape(build.transpose(x, [0, 2, 1]), [batch * channels, rows]);
};
const turned = (build: Builder, x: Value): Value => build.transpose(x, [1, 0]);
const pow = (exponent: number): Example => ({
  shapes: of(matrix),
  make: (build, x) => build.binary('Pow', x, build.scalar(exponent)),
});

const examples: Readonly<Record<string, Example>> = {
  'f(c) is a constant': {
    shapes: [],
    make: (build) => {
      const c = build.constant('float32', [special.length], special);
      const ops = ['Neg', 'Abs', 'Sqrt', 'Reciprocal', 'Exp', 'Log', 'Relu'] as const;
      return ops.map((op) => build.unary(op, c));
    },
  },
  'f(c, d) is a constant': {
    shapes: [],
    make: (build) => {
      const ops = ['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min', 'Pow'] as const;
      return ops.map((op) => build.binary(op, build.scalar(0.3), build.splat('float32', [2], -7)));
    },
  },
  'cast(c) is a constant': {
    shapes: [],
    make: (build) => [
      build.cast(build.constant('float32', [4], [1.7, -1.7, 0, 3]), 'int32'),
      build.cast(build.constant('int32', [3], [1, -7, 0]), 'float32'),
      build.cast(build.splat('float32', [2], 3.9), 'int32'),
    ],
  },
  'cast(cast(x)) = cast(x) of bytes': {
    shapes: of(matrix),
    dtype: 'uint8',
    make: (build, x) => build.cast(build.cast(x, 'int32'), 'float32'),
  },
  'reshape(c) is a constant': {
    shapes: [],
    make: (build) => build.reshape(build.constant('float32', [13], special), [1, 13]),
  },
  'expand(c) = c, transposed and sliced too, of one value': {
    shapes: [],
    make: (build) => {
      const c = build.splat('float32', [4, 3], 7);
      return [
        build.expand(build.scalar(7), [2, 3]),
        turned(build, c),
        build.slice(c, [1, 0], [3, 3]),
      ];
    },
  },
  'Σ c = n · c': {
    shapes: [],
    make: (build) =>
      (['ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceProd'] as const).map((op) =>
        build.reduce(op, build.splat('float32', [3, 4], 1.1), [0], false),
      ),
  },
  '−(−x) = x': {
    shapes: of(matrix),
    make: (build, x) => build.unary('Neg', build.unary('Neg', x)),
  },
  'f(xᵀ) = f(x)ᵀ': {
    shapes: of(matrix),
    make: (build, x) =>
      (['Neg', 'Sqrt', 'Relu'] as const).map((op) => build.unary(op, turned(build, x))),
  },
  'f(reshape(x)) = reshape(f(x))': {
    shapes: of(matrix),
    make: (build, x) => build.unary('Sqrt', build.reshape(x, [8, 3])),
  },
  '0 + x = x': {
    shapes: of(matrix),
    make: (build, x) => [
      build.add(x, build.scalar(0)),
      build.add(build.splat('float32', [2, 4, 6], 0), x),
    ],
  },
  'a + (−b) = a − b': {
    shapes: of(matrix, matrix),
    make: (build, a, b) => [
      build.add(a, build.unary('Neg', b)),
      build.add(build.unary('Neg', a), b),
      build.add(build.unary('Neg', a), build.unary('Neg', b)),
    ],
  },
  'x − 0 = x': { shapes: of(matrix), make: (build, x) => build.sub(x, build.scalar(0)) },
  '0 − x = −x': { shapes: of(matrix), make: (build, x) => build.sub(build.scalar(0), x) },
  'a − (−b) = a + b': {
    shapes: of(matrix, [6]),
    make: (build, a, b) => build.sub(a, build.unary('Neg', b)),
  },
  '(−a) · (−b) = a · b': {
    shapes: of(matrix, matrix),
    make: (build, a, b) => build.mul(build.unary('Neg', a), build.unary('Neg', b)),
  },
  'x¹ = x': pow(1),
  'x² = x · x': pow(2),
  'x³ = x · x · x': pow(3),
  '1 · x = x': {
    shapes: of(matrix),
    make: (build, x) => [
      build.scale(x, 1),
      build.scale(x, 1 - 2 ** -24),
      build.div(x, build.splat('float32', [2, 1, 1], 1)),
    ],
  },
  '−1 · x = −x': {
    shapes: of(matrix),
    make: (build, x) => [build.scale(x, -1), build.div(x, build.scalar(-1))],
  },
  'd · (c · x) = (d · c) · x': {
    shapes: of(matrix),
    make: (build, x) => [
      build.scale(build.scale(x, 0.3), 7),
      build.div(build.scale(x, 0.3), build.scalar(7)),
      build.scale(build.unary('Neg', x), 7),
      build.scale(build.scale(x, 1e20), 1e-25),
    ],
    leaves: (build, x) =>
      [
        [1e-30, 1e-30],
        [1e30, 1e30],
        [0, 5],
        [Infinity, 0.5],
      ].map(([c, d]) => build.scale(build.scale(x, c!), d!)),
  },
  '(c · x) · (d · y) = (c · d) · (x · y)': {
    shapes: of(matrix, matrix),
    make: (build, x, y) => {
      const [a, b] = [build.scale(x, 0.6), build.scale(y, 1.4)];
      return [build.mul(a, b), build.div(a, b), build.mul(a, y), build.div(x, b)];
    },
    leaves: (build, x, y) => {
      const [a, b] = [build.scale(x, 1e-10), build.scale(y, 5)];
      const none = build.scale(y, 0);
      return [build.mul(a, a), build.mul(a, b), build.div(x, b), build.mul(none, x)];
    },
  },
  'c · x ± c · y = c · (x ± y)': {
    shapes: of(matrix, matrix),
    make: (build, x, y) => {
      const [a, b] = [build.scale(x, 0.3), build.scale(y, 0.3)];
      return [build.add(a, b), build.sub(a, b)];
    },
    leaves: (build, x, y) => build.add(build.scale(x, 0.1), build.scale(y, 0.1)),
  },
  'reshape(c · x) = c · reshape(x)': {
    shapes: of(matrix),
    make: (build, x) => [
      build.reshape(build.scale(x, 0.3), [3, 8]),
      build.reshape(build.unary('Neg', x), [3, 8]),
    ],
  },
  'Σ c · x = c · Σ x': {
    shapes: of(matrix),
    make: (build, x) => [
      build.reduce('ReduceSum', build.scale(x, 0.3), [0], false),
      build.reduce('ReduceMean', build.scale(x, 0.3), [1], true),
    ],
    leaves: (build, x) =>
      [1e-25, 0, 5].map((factor) => build.reduce('ReduceSum', build.scale(x, factor), [0], false)),
  },
  '(c · A) · B = c · (A · B)': {
    shapes: of([2, 3], [3, 4], [4]),
    make: (build, a, b, bias) => [
      build.matMul(build.scale(a, 0.3), build.scale(b, 3.5), { bias }),
      build.matMul(a, build.unary('Neg', b)),
    ],
    leaves: (build, a, b) => [
      build.matMul(build.scale(a, 1e-25), b),
      build.matMul(build.scale(a, 0), build.scale(b, 5)),
      build.matMul(build.scale(a, 2), b, { alpha: 3 }),
    ],
  },
  'f(aᵀ, bᵀ) = f(a, b)ᵀ': {
    shapes: of(matrix, matrix),
    make: (build, a, b) => build.sub(turned(build, a), turned(build, b)),
  },
  'f(aᵀ, v) = f(a, vᵀ)ᵀ': {
    shapes: of(matrix, [4], [6, 1]),
    make: (build, a, row, column) => [
      build.sub(turned(build, a), row),
      build.mul(column, turned(build, a)),
    ],
  },
  'f(reshape(a), reshape(b)) = reshape(f(a, b))': {
    shapes: of(matrix, matrix),
    make: (build, a, b) => build.sub(build.reshape(a, [24]), build.reshape(b, [24])),
  },
  'reshape(reshape(x)) = reshape(x)': {
    shapes: of(matrix),
    make: (build, x) => build.reshape(build.reshape(x, [24]), [8, 3]),
  },
  'expand(expand(x)) = expand(x)': {
    shapes: of([6]),
    make: (build, x) => build.expand(build.expand(x, [4, 6]), [2, 4, 6]),
  },
  '(xᵀ)ᵀ = x, or x transposed once': {
    shapes: of(image),
    make: (build, x) => build.transpose(build.transpose(x, [1, 2, 0]), [2, 1, 0]),
  },
  'xᵀ = reshape(x) where axes of length 1 move': {
    shapes: of([1, 4, 6]),
    make: (build, x) => build.transpose(x, [1, 0, 2]),
  },
  'Σ x = reshape(x) along axes of length 1': {
    shapes: of([4, 1, 6]),
    make: (build, x) => [
      build.reduce('ReduceMax', x, [1], false),
      build.reduce('ReduceMean', x, [1], true),
    ],
  },
  'Σ xᵀ = Σ x': {
    shapes: of(image),
    make: (build, x) => build.reduce('ReduceSum', build.transpose(x, [0, 2, 1]), [0, 1], false),
  },
  'Σ x = Σ reshape(x) without a first axis of length 1': {
    shapes: of([1, 4, 6]),
    make: (build, x) => build.reduce('ReduceMax', x, [0, 1], false),
  },
  'Σ reshape(x) = Σ x over all rows': {
    shapes: of(image),
    make: (build, x) => build.reduce('ReduceMax', build.reshape(x, [6, 4]), [0], false),
  },
  'Σ expand(x) = n · Σ x': {
    shapes: of([1, 6], [6]),
    make: (build, x, v) => [
      build.reduce('ReduceSum', build.expand(x, [4, 6]), [0, 1], false),
      build.reduce('ReduceSum', build.expand(v, [2, 3, 6]), [0, 2], true),
    ],
  },
  'columns(X)ᵀ · columns(Y) = Σ X · Yᵀ over the batch': {
    shapes: of([2, 3, 4], [2, 5, 4], [2, 9, 2]),
    make: (build, x, y) =>
      build.matMul(columns(build, x), columns(build, y), { transA: true, alpha: 0.3 }),
    leaves: (build, _x, _y, wide) =>
      build.matMul(columns(build, wide), columns(build, wide), { transA: true }),
  },
  'columns(X) · W = columns(Wᵀ · X)': {
    shapes: of([2, 3, 4], [3, 5], [5, 3], [5]),
    make: (build, x, w, v, bias) => [
      build.matMul(columns(build, x), w, { bias, alpha: 0.3 }),
      build.matMul(columns(build, x), v, { transB: true }),
    ],
  },
  'Aᵀ · B = (Bᵀ · A)ᵀ with the narrower one transposed': {
    shapes: of([6, 4], [6, 2], [6, 1]),
    make: (build, a, b, c) => [
      build.matMul(a, b, { transA: true, alpha: 0.3 }),
      build.matMul(b, c, { transA: true }),
    ],
    leaves: (build, a, b, c) => [
      build.matMul(b, a, { transA: true }),
      build.matMul(a, a, { transA: true }),
      build.matMul(c, c, { transA: true }),
    ],
  },
};

/** The term as it is built with some laws left alone. */
function graphOf({ shapes, dtype = 'float32', make }: Example, without: Iterable<string>): Graph {
  const build = new Builder({ without });
  const inputs = shapes.map((shape) => build.input(dtype, shape));
  const outputs = [make(build, ...inputs)].flat();
  const graph: Graph = {
    inputs: inputs.map((value, i) => ({ port: { kind: 'input', name: `x${i}` }, value })),
    outputs: outputs.map((value, i) => ({ port: { kind: 'output', name: `y${i}` }, value })),
  };
  return legalise(graph, interpreter.target, build);
}

const isClose = (a: number, b: number, relative: number, floor: number): boolean =>
  Object.is(a, b) || a === b || Math.abs(a - b) <= Math.max(relative * Math.abs(b), floor);

/** Whether numbers are equal enough; the largest of their tensor is at most `largest`. */
const isEqual: Record<Equality, (a: number, b: number, largest: number) => boolean> = {
  'to the bit': (a, b) => Object.is(a, b),
  'but for the sign of zero': (a, b) => a === b || Object.is(a, b),
  // Some units of the smallest number that float32 holds.
  'but for rounding': (a, b) => isClose(a, b, 1e-6, 1e-44),
  'within range': (a, b, largest) => isClose(a, b, 1e-5, 1e-6 * largest),
};

/** What a law that holds `within range` holds for, as all its values are written. */
const isInRange = (number: number, limit: number): boolean =>
  number === 0 || (1e-37 <= Math.abs(number) && Math.abs(number) <= limit);

/** The graph with everything that it computes among its outputs. */
const exposed = (graph: Graph): Graph => ({
  ...graph,
  outputs: nodesOf(graph).flatMap(({ outputs }) =>
    outputs.map((value, i) => ({ port: { kind: 'output', name: `${value.id}/${i}` }, value })),
  ),
});

describe('a law', () => {
  const allBut = (law: string): string[] => [...laws.keys()].filter((other) => other !== law);

  it('has an example each', () => {
    expect(Object.keys(examples).sort()).toEqual([...laws.keys()].sort());
  });

  it.each([...laws.values()])('$law, $equal', async ({ law, equal }) => {
    const example = examples[law]!;
    const [left, right] = [graphOf(example, laws.keys()), graphOf(example, allBut(law))] as const;
    expect(print(right)).not.toBe(print(left));
    const [before, after, all] = [
      await interpreter.load(left),
      await interpreter.load(right),
      await interpreter.load(exposed(left)),
    ];
    const stream = RandomStream.fromSeed(1).split(law);
    const inRange = equal === 'within range';
    // The sums of the examples have up to 24 terms, which may have any order.
    const sums = nodesOf(left).some(({ op }) => /^Reduce|MatMul|Gemm/.test(op));
    const limit = sums ? 8e37 / 24 : 8e37;
    let compared = 0;
    for (let draw = 0; draw < (inRange ? 400 : 8); draw++) {
      const values = example.shapes.map((shape, i) => {
        const random = stream.split(draw).split(i);
        const normals = random.normals(sizeOf(shape));
        if (example.dtype === 'uint8') return Uint8Array.from(normals, () => random.integer(256));
        if (!inRange) return normals.map(() => special[random.integer(special.length)]!);
        // From the smallest to the largest, each tensor at a scale of its own.
        const scale = draw === 0 ? 1 : 2 ** random.uniform(-125, 128);
        return normals.map((number) => number * scale);
      });
      if (inRange) {
        const written = (await all.run(values)).flatMap((list) => Array.from(list, Number));
        if (!written.every((number) => isInRange(number, limit))) continue;
      }
      compared++;
      const [wanted, actual] = [await before.run(values), await after.run(values)];
      wanted.forEach((result, i) => {
        const numbers = Array.from(result as Float32Array);
        const largest = Math.max(...numbers.map(Math.abs));
        const wrong = numbers.flatMap((number, k) => {
          const other = Number(actual[i]![k]);
          return isEqual[equal](other, number, largest) ? [] : [`y${i}[${k}]: ${other}, ${number}`];
        });
        expect(wrong).toEqual([]);
        expect(actual[i]).toHaveLength(numbers.length);
      });
    }
    expect(compared).toBeGreaterThanOrEqual(8);
  });

  const careful = [...laws.keys()].filter((law) => examples[law]!.leaves !== undefined);
  it.each(careful)('%s, but not where that could leave the range of float32', (law) => {
    const example = { ...examples[law]!, make: examples[law]!.leaves! };
    expect(print(graphOf(example, allBut(law)))).toBe(print(graphOf(example, laws.keys())));
  });
});

describe('a builder', () => {
  it('knows which laws there are', () => {
    expect(() => new Builder({ without: ['x = y'] })).toThrow("no law 'x = y'");
  });

  it('leaves alone the laws that it is told to', () => {
    const build = new Builder({ without: ['−(−x) = x'] });
    const x = build.input('float32', [2]);
    expect(build.unary('Neg', build.unary('Neg', x))).not.toBe(x);
    expect(build.reshape(build.reshape(x, [1, 2]), [2])).toBe(x);
  });
});
