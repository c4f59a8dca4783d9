/** Operations on images in blocks of channels, by operator. */
import type { Builder } from '../../graph/builder.js';
import {
  type ConvolutionNode,
  isConvolution,
  type WindowInfo,
  windowsIn,
} from '../../graph/convolutions.js';
import { type Node, numbersOf, splatOf, type Value } from '../../graph/graph.js';
import { type BinaryOp, isBinaryOp, isUnaryOp, type UnaryOp } from '../../graph/ops.js';
import { isRow, sameShape, sizeOf } from '../../graph/shapes.js';
import { channelsFirst } from '../../lower/windows.js';
import { canConvolve, canPassBack, convolve, inputGradient } from './convolve.js';
import { canFilter, filterGradient } from './filter-gradient.js';
import type { Combination, Images } from './images.js';
import { cut, joined, parted } from './joins.js';
import { signs } from './operators.js';
import { channelDots, channelSums, imageDots, imageSums } from './sums.js';

/** What rules know beside the images. */
export interface Surroundings {
  /** How often a value is read. */
  readonly uses: ReadonlyMap<Value, number>;
  /** Whether nothing reads a value but sums over its pixels, all or each image's. */
  readonly isSummed: (value: Value) => boolean;
}

/** Whether a convolution, or a gradient, can be computed on blocks. */
export function canBeInBlocks(node: ConvolutionNode, block: number): boolean {
  if (node.outputs[0]!.dtype !== 'float32') return false;
  const info = windowsIn(node);
  switch (node.op) {
    case 'Convolution':
      return canConvolve(info, block);
    case 'InputGradient':
      return canPassBack(info, block);
    case 'FilterGradient':
      return canFilter(info, block);
  }
}

/**
 * Computes a node on blocks, if that can be and one of its operands is in blocks already.
 * @returns whether its output is known to `images` now
 */
export function computeInBlocks(images: Images, node: Node, around: Surroundings): boolean {
  if (isConvolution(node)) return canBeInBlocks(node, images.block) && convolution(images, node);
  const { op } = node;
  const [x] = node.inputs as [Value];
  if (node.domain !== '' || !node.inputs.some((input) => input && images.has(input))) return false;
  if (isUnaryOp(op)) return unary(images, op, x, node.outputs[0]!, around);
  if (isBinaryOp(op)) return binary(images, op, node, around);
  switch (op) {
    case 'ReduceSum':
    case 'ReduceMean':
      return sum(images, node);
    case 'Concat':
      return joined(images, node);
    case 'Split':
      return parted(images, node);
    case 'Slice':
      return cut(images, node);
    default:
      return false;
  }
}

function convolution(images: Images, node: ConvolutionNode): boolean {
  const { build, block } = images;
  const info = windowsIn(node);
  const [a, b] = node.inputs;
  const [y] = node.outputs as [Value];
  switch (node.op) {
    case 'Convolution':
      images.setBlocks(y, convolve(build, info, seen(images, info, a), images.plain(b), block));
      return true;
    case 'InputGradient':
      images.setBlocks(y, inputGradient(build, info, images.blocks(a), images.plain(b), block));
      return true;
    case 'FilterGradient': {
      const x = info.inChannels < block ? images.plain(a) : images.blocks(a);
      images.setPlain(y, filterGradient(build, info, x, images.blocks(b), block));
      return true;
    }
  }
}

/** What a convolution sees: blocks, or channels first where there are few. */
function seen(images: Images, info: WindowInfo, x: Value): Value {
  return info.inChannels < images.block
    ? channelsFirst(images.build, images.plain(x))
    : images.blocks(x);
}

function unary(images: Images, op: UnaryOp, x: Value, y: Value, around: Surroundings): boolean {
  const { build } = images;
  if (op === 'Relu' && around.uses.get(x) === 1) {
    images.setBlocks(y, images.combine(images.combination(x), true));
  } else if (op === 'Sign') {
    images.setBlocks(y, signs(build, images.blocks(x)));
  } else if (op === 'Neg') {
    images.setCombination(y, scaled(build, images.combination(x), build.scalar(-1)));
  } else {
    images.setBlocks(y, build.unary(op, images.blocks(x)));
  }
  return true;
}

const times = (build: Builder, a: Value | undefined, b: Value): Value =>
  a === undefined ? b : build.mul(a, b);

function scaled(build: Builder, { terms, shift }: Combination, by: Value): Combination {
  return {
    terms: terms.map(({ x, factor }) => ({ x, factor: times(build, factor, by) })),
    shift: shift && build.mul(shift, by),
  };
}

function binary(images: Images, op: BinaryOp, node: Node, around: Surroundings): boolean {
  const { build } = images;
  const [a, b] = node.inputs as [Value, Value];
  const [y] = node.outputs as [Value];
  if (!images.isImage(y)) return false;
  if (sameShape(a.shape, y.shape) && sameShape(b.shape, y.shape)) {
    if (op === 'Add' || op === 'Sub') {
      const [left, right] = [images.combination(a), images.combination(b)];
      images.setCombination(
        y,
        sumOf(build, left, op === 'Add' ? right : scaled(build, right, build.scalar(-1))),
      );
    } else if (op === 'Mul' && around.isSummed(y)) {
      const [left, right] = [images.term(a), images.term(b)];
      const factor = left.factor ? times(build, right.factor, left.factor) : right.factor;
      images.setProduct(y, { a: left.x, b: right.x, factor });
    } else {
      images.setBlocks(y, build.binary(op, images.blocks(a), images.blocks(b)));
    }
    return true;
  }
  const [image, other] = images.has(a) ? [a, b] : [b, a];
  if (!sameShape(image.shape, y.shape)) return false;
  const [batch, , , channels] = y.shape as [number, number, number, number];
  const given = images.plain(other);
  if (sizeOf(other.shape) === 1) return withRow(images, op, image, build.reshape(given, []), node);
  if (isRow(other.shape)) return withRow(images, op, image, build.reshape(given, [channels]), node);
  if (!sameShape(other.shape, [batch, 1, 1, channels])) return false;
  return withRow(images, op, image, build.reshape(given, [batch, channels]), node);
}

/** An image and a row of channels, one for all or one for each image, or a number. */
function withRow(images: Images, op: BinaryOp, image: Value, row: Value, node: Node): boolean {
  const { build } = images;
  const [y] = node.outputs as [Value];
  const isFirst = node.inputs[0] === image;
  const x = images.combination(image);
  switch (op) {
    case 'Add':
      images.setCombination(y, { ...x, shift: x.shift ? build.add(x.shift, row) : row });
      return true;
    case 'Sub': {
      const [positive, shift] = isFirst
        ? [x, build.unary('Neg', row)]
        : [scaled(build, x, build.scalar(-1)), row];
      const sum = positive.shift ? build.add(positive.shift, shift) : shift;
      images.setCombination(y, { ...positive, shift: sum });
      return true;
    }
    case 'Mul':
      // A shift is not multiplied out: x − mean may be much smaller than both.
      images.setCombination(
        y,
        scaled(build, x.shift ? { terms: [{ x: images.blocks(image) }] } : x, row),
      );
      return true;
    default: {
      if (splatOf(row) === undefined || sizeOf(row.shape) !== 1) return false;
      const operands = isFirst ? [images.blocks(image), row] : [row, images.blocks(image)];
      images.setBlocks(y, build.binary(op, ...(operands as [Value, Value])));
      return true;
    }
  }
}

const sumOf = (build: Builder, a: Combination, b: Combination): Combination => ({
  terms: [...a.terms, ...b.terms],
  shift: a.shift && b.shift ? build.add(a.shift, b.shift) : (a.shift ?? b.shift),
});

/** Sums and means over the pixels of all images, or of each. */
function sum(images: Images, node: Node): boolean {
  const { build } = images;
  const [x, axes] = node.inputs as [Value, Value];
  const [y] = node.outputs as [Value];
  const over = numbersOf(axes)!.join();
  if (over !== '0,1,2' && over !== '1,2') return false;
  const count = sizeOf(x.shape) / sizeOf(y.shape);
  const total = pixelSums(images, x, over === '1,2');
  const result = node.op === 'ReduceSum' ? total : build.scale(total, 1 / count);
  images.setPlain(y, build.reshape(result, y.shape));
  return true;
}

/** [B, C] of each image, or [C] of all. */
function pixelSums(images: Images, value: Value, isEach: boolean): Value {
  const { build, block } = images;
  const one = images.product(value) ?? images.term(value);
  const { factor } = one;
  // Of one image, scaled; sums of others may cancel out.
  const each = isEach || factor?.shape.length === 2;
  const sums =
    'x' in one
      ? (each ? imageSums : channelSums)(build, one.x, block)
      : (each ? imageDots : channelDots)(build, one.a, one.b, block);
  const all = factor ? build.mul(sums, factor) : sums;
  return each && !isEach ? build.reduce('ReduceSum', all, [0], false) : all;
}
