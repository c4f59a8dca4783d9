/** The operations that programs are made of. */
import type { Draft, Known, Operation } from './draft.js';

type Draw = Operation['draw'];

const of = (differentiable: boolean, table: Readonly<Record<string, Draw>>): Operation[] =>
  Object.entries(table).map(([name, draw]) => ({ name, differentiable, draw }));

const unary = (names: string): Record<string, Draw> =>
  Object.fromEntries(names.split(' ').map((name) => [name, (d) => `tf.${name}(${d.float()})`]));

const binary = (names: string): Record<string, Draw> =>
  Object.fromEntries(
    names.split(' ').map((name) => [
      name,
      (d) => {
        const a = d.float();
        const b = d.beside(a);
        return d.chance(0.5) ? `tf.${name}(${a}, ${b})` : `tf.${name}(${b}, ${a})`;
      },
    ]),
  );

/** Of operands of one shape: TensorFlow.js' own gradients have the wrong shape for others. */
const alike = (names: string): Record<string, Draw> =>
  Object.fromEntries(
    names.split(' ').map((name) => [
      name,
      (d) => {
        const a = d.float();
        return `tf.${name}(${a}, ${d.like(a.shape)})`;
      },
    ]),
  );

/** A number as programs have them in their text. */
const number = (d: Draft): string =>
  d.one(['2', '0.5', '-1', '3', '0.1', '1e-3', '1e-10', '1e10', '1e-25', '7.25', '-0.3', '1', '0']);

/** `, axis, keepDims` of a reduction. */
function axes(d: Draft, { rank }: Known): string {
  const keep = d.chance(0.4);
  if (rank === 0 || d.chance(0.25)) return keep ? ', null, true' : '';
  const list = Array.from({ length: rank }, (_, i) => i).filter(() => d.chance(0.5));
  const axis = list.length === 0 ? `${d.between(-rank, rank - 1)}` : `[${list.join(', ')}]`;
  return `, ${axis}${keep ? ', true' : ''}`;
}

const reduction =
  (name: string, operand: (d: Draft) => Known | undefined = (d) => d.float()): Draw =>
  (d) => {
    const x = operand(d);
    return x && `tf.${name}(${x}${axes(d, x)})`;
  };

const arithmetic = of(true, {
  ...binary('add sub mul div'),
  ...alike('maximum minimum squaredDifference'),
  ...unary('neg abs sqrt square reciprocal exp log sigmoid tanh softplus relu relu6 elu selu erf'),
  ...unary('sin cos tan atan sinh asinh expm1 log1p sign floor ceil round step rsqrt logSigmoid'),
  'mul by a number': (d) => `tf.mul(${d.float()}, ${number(d)})`,
  'div by a number': (d) => `tf.div(${d.float()}, ${number(d)})`,
  'add a number': (d) => `tf.add(${d.float()}, ${number(d)})`,
  'sub from a number': (d) => `tf.sub(${number(d)}, ${d.float()})`,
  'number over': (d) => `tf.div(${number(d)}, ${d.float()})`,
  'guarded sqrt': (d) => `tf.sqrt(tf.add(tf.square(${d.float()}), 1e-6))`,
  'guarded log': (d) => `tf.log(tf.add(tf.abs(${d.float()}), 1e-3))`,
  swish: (d) => {
    const x = d.float();
    return `tf.mul(${x}, tf.sigmoid(${x}))`;
  },
  'gelu by tanh': (d) => {
    const x = d.float();
    return `tf.mul(tf.mul(${x}, 0.5), tf.add(tf.tanh(tf.mul(tf.add(${x}, tf.mul(tf.pow(${x}, 3), 0.044715)), 0.7978845608)), 1))`;
  },
  'gelu by erf': (d) => {
    const x = d.float();
    return `tf.mul(tf.mul(${x}, 0.5), tf.add(tf.erf(tf.div(${x}, Math.sqrt(2))), 1))`;
  },
  'log of sigmoid': (d) => `tf.log(tf.sigmoid(${d.float()}))`,
  'asin of tanh': (d) => `tf.asin(tf.mul(tf.tanh(${d.float()}), 0.9))`,
  'acos of tanh': (d) => `tf.acos(tf.mul(tf.tanh(${d.float()}), 0.9))`,
  'atanh of tanh': (d) => `tf.atanh(tf.mul(tf.tanh(${d.float()}), 0.9))`,
  acosh: (d) => `tf.acosh(tf.add(tf.abs(${d.float()}), 1.5))`,
  cosh: (d) => `tf.cosh(tf.tanh(${d.float()}))`,
  leakyRelu: (d) => `tf.leakyRelu(${d.float()}, ${d.one(['0.2', '0.01', '1.5'])})`,
  prelu: (d) => {
    const x = d.float();
    return `tf.prelu(${x}, ${d.like(x.shape)})`;
  },
  clipByValue: (d) =>
    `tf.clipByValue(${d.float()}, ${d.one(['-1, 1', '0, 6', '-0.01, 0.01', '-2, 0'])})`,
  'power of a number': (d) =>
    `tf.pow(${d.float()}, ${d.one(['2', '3', '0.5', '-1', '-2', '1', '0', '1.5', '4'])})`,
  pow: (d) => {
    const x = d.float();
    return `tf.pow(tf.abs(${x}), tf.tanh(${d.beside(x)}))`;
  },
  divNoNan: (d) => {
    const a = d.float();
    return `tf.divNoNan(${a}, ${d.beside(a)})`;
  },
  atan2: (d) => {
    const a = d.float();
    return `tf.atan2(${a}, ${d.beside(a)})`;
  },
  mod: (d) => {
    const a = d.float();
    return `tf.mod(${a}, ${d.beside(a)})`;
  },
  addN: (d) => {
    const x = d.float();
    return `tf.addN([${x}, ${d.like(x.shape)}, ${d.like(x.shape)}])`;
  },
  where: (d) => {
    const x = d.float();
    const other = d.like(x.shape);
    return `tf.where(tf.greater(${x}, ${d.one(['0', '0.5', `${other}`])}), ${x}, ${other})`;
  },
});

const reductions = of(true, {
  sum: reduction('sum'),
  mean: reduction('mean'),
  max: reduction('max'),
  min: reduction('min'),
  // On `cpu` the products are doubles on their way; in float32 the order tells where they overflow.
  prod: (d) => {
    const x = d.float();
    return `tf.prod(tf.clipByValue(${x}, -1, 1)${axes(d, x)})`;
  },
  logSumExp: reduction('logSumExp'),
  'variance of moments': (d) => {
    const x = d.float();
    return `tf.moments(${x}${axes(d, x)}).variance`;
  },
  norm: (d) => `tf.norm(${d.float()}, ${d.one(["'euclidean'", '1', '2'])})`,
  cumsum: (d) => {
    const x = d.float(1);
    return `tf.cumsum(${x}, ${x.rank - 1}, ${d.chance(0.4)}, ${d.chance(0.4)})`;
  },
  softmax: (d) => `tf.softmax(${d.float(1)})`,
  logSoftmax: (d) => `tf.logSoftmax(${d.float(1)})`,
  'layer norm': (d) => {
    const x = d.float(2);
    const [gamma, beta] = [d.like([x.shape.at(-1)!]), d.like([x.shape.at(-1)!])];
    const mean = `tf.mean(${x}, -1, true)`;
    const variance = `tf.mean(tf.square(tf.sub(${x}, ${mean})), -1, true)`;
    const normal = `tf.mul(tf.sub(${x}, ${mean}), tf.rsqrt(tf.add(${variance}, ${d.one(['1e-5', '1e-3'])})))`;
    return `tf.add(tf.mul(${normal}, ${gamma}), ${beta})`;
  },
  'batch norm': (d) => {
    const x = d.float(2, 4);
    const row = [x.shape.at(-1)!];
    const over = `[${Array.from({ length: x.rank - 1 }, (_, i) => i)}]`;
    const moments = `tf.moments(${x}, ${over})`;
    return `tf.batchNorm(${x}, ${moments}.mean, ${moments}.variance, ${d.like(row)}, ${d.like(row)}, 1e-3)`;
  },
  'batch norm of statistics': (d) => {
    const x = d.float(2, 4);
    const row = [x.shape.at(-1)!];
    // On `cpu` the scale over the deviation is a double; in float32 it may be too small to have digits.
    const statistic = (): string => `tf.clipByValue(${d.like(row)}, -1e3, 1e3)`;
    return `tf.batchNorm(${x}, ${statistic()}, tf.abs(${statistic()}), ${d.like(row)}, ${d.like(row)}, 1e-3)`;
  },
  'softmax cross entropy': (d) => {
    const x = d.float(2, 2);
    return `tf.losses.softmaxCrossEntropy(tf.softmax(${d.like(x.shape)}), ${x})`;
  },
  'sigmoid cross entropy': (d) => {
    const x = d.float(1);
    return `tf.losses.sigmoidCrossEntropy(tf.sigmoid(${d.like(x.shape)}), ${x})`;
  },
  'other loss': (d) => {
    const x = d.float(1);
    const name = d.one(['meanSquaredError', 'absoluteDifference', 'huberLoss', 'hingeLoss']);
    return `tf.losses.${name}(${d.like(x.shape)}, ${x})`;
  },
});

/** Numbers in brackets. */
const list = (numbers: readonly number[]): string => `[${numbers.join(', ')}]`;

const layout = of(true, {
  reshape: (d) => {
    const x = d.float();
    const size = x.shape.reduce((a, b) => a * b, 1);
    const [batch = 1] = x.shape;
    return `tf.reshape(${x}, ${d.one([`[${size}]`, `[1, ${size}]`, `[${batch}, -1]`, `[-1, 1]`, `[${batch}, 1, -1]`])})`;
  },
  transpose: (d) => {
    const x = d.float(2);
    const rest = x.shape.map((_, i) => i);
    const perm = x.shape.map(() => rest.splice(d.random.integer(rest.length), 1)[0]!);
    return `tf.transpose(${x}, ${list(perm)})`;
  },
  expandDims: (d) => {
    const x = d.float(0, 4);
    return `tf.expandDims(${x}, ${d.between(0, x.rank)})`;
  },
  squeeze: (d) => `tf.squeeze(${d.float(1)})`,
  slice: (d) => {
    const x = d.float(1);
    const begin = x.shape.map((length) => d.random.integer(length));
    const size = x.shape.map((length, i) => d.between(1, length - begin[i]!));
    return `tf.slice(${x}, ${list(begin)}, ${list(size)})`;
  },
  concat: (d) => {
    const x = d.float(1);
    const axis = d.random.integer(x.rank);
    const other = x.shape.with(axis, d.between(1, 3));
    return `tf.concat([${x}, ${d.like(other)}${d.chance(0.3) ? `, ${x}` : ''}], ${axis})`;
  },
  stack: (d) => {
    const x = d.float(0, 3);
    return `tf.stack([${x}, ${d.like(x.shape)}], ${d.between(0, x.rank)})`;
  },
  unstack: (d) => {
    const x = d.float(1);
    const axis = d.random.integer(x.rank);
    return `tf.unstack(${x}, ${axis})[${d.random.integer(x.shape[axis]!)}]`;
  },
  split: (d) => {
    const x = d.pick(({ dtype, shape }) => dtype === 'float32' && shape.some((n) => n % 2 === 0));
    if (x === undefined) return undefined;
    return `tf.split(${x}, 2, ${x.shape.findIndex((n) => n % 2 === 0)})[${d.random.integer(2)}]`;
  },
  tile: (d) => {
    const x = d.float(1, 4);
    return `tf.tile(${x}, ${list(x.shape.map(() => d.one([1, 1, 2, 3])))})`;
  },
  broadcastTo: (d) => {
    const x = d.float(0, 3);
    return `tf.broadcastTo(${x}, ${list([d.between(1, 3), ...x.shape])})`;
  },
  pad: (d) => {
    const x = d.float(1, 4);
    const value = d.one(['', ', 0.5']);
    return `tf.pad(${x}, ${list(x.shape.map(() => list([d.between(0, 2), d.between(0, 1)]) as unknown as number))}${value})`;
  },
  mirrorPad: (d) => {
    const x = d.float(1, 3);
    if (!x.shape.every((length) => length > 1)) return undefined;
    return `tf.mirrorPad(${x}, ${list(x.shape.map(() => list([d.between(0, 1), d.between(0, 1)]) as unknown as number))}, ${d.one(["'reflect'", "'symmetric'"])})`;
  },
  reverse: (d) => {
    const x = d.float(1);
    return `tf.reverse(${x}, ${d.random.integer(x.rank)})`;
  },
  gather: (d) => {
    const x = d.float(1);
    const axis = d.random.integer(x.rank);
    const indices = Array.from({ length: d.between(1, 4) }, () => d.random.integer(x.shape[axis]!));
    return `tf.gather(${x}, tf.tensor1d(${list(indices)}, 'int32'), ${axis})`;
  },
  'gather by an operand': (d) => {
    const x = d.float(1);
    const at = d.int(0, 2);
    return `tf.gather(${x}, tf.clipByValue(${at}, 0, ${x.shape[0]! - 1}))`;
  },
  // TensorFlow.js multiplies what does not belong to a segment by 0: ∞ becomes NaN.
  unsortedSegmentSum: (d) => {
    const x = d.calm(1, 3);
    const ids = x.shape
      .slice(0, 1)
      .flatMap((n) => Array.from({ length: n }, () => d.random.integer(3)));
    return `tf.unsortedSegmentSum(${x}, tf.tensor1d(${list(ids)}, 'int32'), 3)`;
  },
});

/**
 * A tensor with a batch of images, [B, H, W, C], without infinities: what pads and weighs makes NaN of
 * them in one place or another.
 */
const images = (d: Draft): Known => {
  const fits = (known: Known) => known.rank === 4 && known.shape[1]! > 1 && d.isCalm(known);
  const found = d.chance(0.6) ? d.pick(fits) : undefined;
  const [low, high] = found === undefined && d.chance(0.5) ? [3, 6] : [2, 5];
  const batch = Math.min(d.batch, high === 6 ? 8 : 4);
  return (
    found ??
    d.fresh([batch, d.between(low, high), d.between(low, high), d.between(1, 3)], 'float32', true)
  );
};

const padding = (d: Draft): string => d.one(["'same'", "'valid'"]);

const products = of(true, {
  matMul: (d) => {
    const a = d.float(2, 4);
    const [transA, transB] = [d.chance(0.25), d.chance(0.25)];
    const inner = a.shape.at(transA ? -2 : -1)!;
    const outer = d.between(1, 4);
    const b = d.like([...a.shape.slice(0, -2), ...(transB ? [outer, inner] : [inner, outer])]);
    return `tf.matMul(${a}, ${b}, ${transA}, ${transB})`;
  },
  dense: (d) => {
    const x = d.float(2, 2);
    const outer = d.between(1, 5);
    const [w, b] = [d.like([x.shape[1]!, outer]), d.like([outer])];
    return `tf.add(tf.matMul(${x}, ${w}), ${b})`;
  },
  attention: (d) => {
    const q = d.float(3, 3);
    const k = d.like(q.shape);
    return `tf.matMul(tf.softmax(tf.mul(tf.matMul(${q}, ${k}, false, true), 0.5)), ${d.like(q.shape)})`;
  },
  dot: (d) => {
    const a = d.float(1, 1);
    return `tf.dot(${a}, ${d.like(a.shape)})`;
  },
  outerProduct: (d) => `tf.outerProduct(${d.float(1, 1)}, ${d.float(1, 1)})`,
  conv2d: (d) => {
    const x = images(d);
    const filter = d.like([d.between(1, 3), d.between(1, 3), x.shape[3]!, d.between(1, 3)]);
    return `tf.conv2d(${x}, ${filter}, ${d.one(['1', '2', '[1, 2]'])}, ${padding(d)})`;
  },
  conv1d: (d) => {
    const x = d.float(3, 3);
    const filter = d.like([d.between(1, 3), x.shape[2]!, d.between(1, 3)]);
    return `tf.conv1d(${x}, ${filter}, ${d.between(1, 2)}, ${padding(d)})`;
  },
  conv2dTranspose: (d) => {
    const x = images(d);
    const depth = d.between(1, 2);
    const filter = d.like([2, 2, depth, x.shape[3]!]);
    const [batch, height, width] = x.shape as [number, number, number];
    return `tf.conv2dTranspose(${x}, ${filter}, [${batch}, ${2 * height}, ${2 * width}, ${depth}], 2, 'same')`;
  },
  depthwiseConv2d: (d) => {
    const x = images(d);
    const filter = d.like([d.between(1, 3), d.between(1, 3), x.shape[3]!, d.between(1, 2)]);
    return `tf.depthwiseConv2d(${x}, ${filter}, ${d.between(1, 2)}, ${padding(d)})`;
  },
  maxPool: (d) => `tf.maxPool(${images(d)}, ${d.between(1, 3)}, ${d.between(1, 2)}, ${padding(d)})`,
  // At padded borders TensorFlow.js' own gradient is not that of what it computes.
  avgPool: (d) => `tf.avgPool(${images(d)}, ${d.between(1, 3)}, ${d.between(1, 2)}, 'valid')`,
  // On `cpu` the squares are doubles; in float32 those of 1e20 are infinite.
  localResponseNormalization: (d) =>
    `tf.localResponseNormalization(tf.clipByValue(${images(d)}, -1e4, 1e4), 1, 1, 0.5, 0.5)`,
});

/** An operand of integers: on `cpu` not all products wrap before they are read. */
const factorOf = (name: string, operand: Known): string =>
  /^(mul|square|squaredDifference)$/.test(name)
    ? `tf.clipByValue(${operand}, -20000, 20000)`
    : `${operand}`;

/** int32 and truth values, and what else TensorFlow.js has no gradient of, or a wrong one. */
const others = of(false, {
  stridedSlice: (d) => {
    const x = d.float(1, 4);
    const begin = x.shape.map((length) => d.random.integer(length));
    return `tf.stridedSlice(${x}, ${list(begin)}, ${list([...x.shape])}, ${list(x.shape.map(() => d.between(1, 2)))})`;
  },
  resizeBilinear: (d) =>
    `tf.image.resizeBilinear(${images(d)}, [${d.between(2, 6)}, ${d.between(2, 6)}], ${d.chance(0.5)})`,
  'broadcast maximum': (d) => {
    const a = d.float();
    return `tf.${d.one(['maximum', 'minimum', 'squaredDifference'])}(${a}, ${d.beside(a)})`;
  },
  'cumsum along any axis': (d) => {
    const x = d.float(2);
    return `tf.cumsum(${x}, ${d.random.integer(x.rank)}, ${d.chance(0.4)}, ${d.chance(0.4)})`;
  },
  'broadcast matMul': (d) => {
    const a = d.float(3, 4);
    return `tf.matMul(${a}, ${d.like([a.shape.at(-1)!, d.between(1, 3)])})`;
  },
  isNaN: (d) => `tf.isNaN(${d.float()})`,
  isInf: (d) => `tf.isInf(${d.float()})`,
  isFinite: (d) => `tf.isFinite(${d.float()})`,
  comparison: (d) => {
    const a = d.chance(0.7) ? d.float() : d.int();
    const name = d.one(['greater', 'greaterEqual', 'less', 'lessEqual', 'equal', 'notEqual']);
    return `tf.${name}(${a}, ${d.beside(a)})`;
  },
  logical: (d) => {
    const a = d.bool();
    const name = d.one(['logicalAnd', 'logicalOr', 'logicalXor']);
    return a && `tf.${name}(${a}, ${d.beside(a)})`;
  },
  logicalNot: (d) => {
    const a = d.bool();
    return a && `tf.logicalNot(${a})`;
  },
  'any and all': (d) => reduction(d.one(['any', 'all']), (draft) => draft.bool())(d),
  argMax: (d) => {
    const x = d.float(1);
    return `tf.${d.one(['argMax', 'argMin'])}(${x}, ${d.random.integer(x.rank)})`;
  },
  // A larger integer stays what it is on `cpu`, which only calls it a float32.
  'to float': (d) => {
    const x = d.chance(0.5) ? d.bool() : d.int();
    if (x?.dtype === 'int32')
      return `tf.cast(tf.clipByValue(${x}, -16777216, 16777216), 'float32')`;
    return x && `tf.cast(${x}, 'float32')`;
  },
  'to int': (d) => `tf.cast(${d.chance(0.3) ? (d.bool() ?? d.float()) : d.float()}, 'int32')`,
  'to bool': (d) => `tf.cast(${d.chance(0.5) ? d.int() : d.float()}, 'bool')`,
  'int arithmetic': (d) => {
    const a = d.int();
    const name = d.one([
      'add',
      'sub',
      'mul',
      'maximum',
      'minimum',
      'floorDiv',
      'mod',
      'div',
      'squaredDifference',
    ]);
    const [x, y] = [a, d.beside(a)].map((operand) => factorOf(name, operand));
    return `tf.${name}(${x}, ${y})`;
  },
  'int function': (d) => {
    const name = d.one(['neg', 'abs', 'sign', 'square', 'relu', 'floor', 'step']);
    return `tf.${name}(${factorOf(name, d.int())})`;
  },
  'int reduction': (d) => reduction(d.one(['sum', 'max', 'min']), (draft) => draft.int())(d),
  'int product': (d) => {
    const x = d.int(1);
    return `tf.prod(tf.clipByValue(tf.slice(${x}, ${list(x.shape.map(() => 0))}, ${list(x.shape.map((n) => Math.min(n, 2)))}), -3, 3))`;
  },
  'int where': (d) => {
    const x = d.int();
    return `tf.where(tf.greater(${x}, 0), ${x}, ${d.like(x.shape, 'int32')})`;
  },
  oneHot: (d) => `tf.cast(tf.oneHot(${d.int(0, 2)}, ${d.between(1, 4)}), 'float32')`,
  'cumulative product': (d) => {
    const x = d.float(1, 3);
    return `tf.cumprod(tf.clipByValue(${x}, -1, 1), ${d.random.integer(x.rank)}, ${d.chance(0.4)}, ${d.chance(0.4)})`;
  },
  // Equal infinities TensorFlow.js puts in no order.
  topk: (d) => {
    const x = d.calm(1, 3);
    return `tf.topk(${x}, ${d.between(1, x.shape.at(-1)!)}).${d.one(['values', 'indices'])}`;
  },
  'chosen by a truth': (d) => {
    const condition = d.bool();
    return (
      condition && `tf.where(${condition}, ${d.like(condition.shape)}, ${d.like(condition.shape)})`
    );
  },
  'floor of a quotient': (d) => {
    const a = d.float();
    return `tf.floorDiv(${a}, ${d.beside(a)})`;
  },
});

/** Groups by how often they are drawn. */
export const operations: readonly (readonly [share: number, list: readonly Operation[]])[] = [
  [45, arithmetic],
  [18, reductions],
  [16, layout],
  [13, products],
  [8, others],
];
