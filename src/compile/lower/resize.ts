/**
 * Images made larger or smaller. Every pixel is a weighted mean of source pixels, along the rows and
 * along the columns apart, so a resize is a product with one small matrix for each, and its gradient
 * the product with their transposes.
 */
import type { Builder } from '../graph/builder.js';
import type { Value } from '../graph/graph.js';
import type { Shape } from '../graph/shapes.js';
import { reorder } from './gather.js';
import type { KernelCall, Lowering, LoweringTable } from './lowering.js';

type Attributes = KernelCall['attrs'];

/** [to][from]: of what the pixels of one axis are made. */
type Weights = readonly (readonly number[])[];

/** How pixels of one axis, `to` in number, are made of `from` source pixels. */
type Sampling = (from: number, to: number, attrs: Attributes) => Weights;

/** How far apart the source pixels of neighbouring pixels are. */
function stepOf(from: number, to: number, { alignCorners }: Attributes): number {
  return alignCorners === true && to > 1 ? (from - 1) / (to - 1) : from / to;
}

const bilinear: Sampling = (from, to, attrs) => {
  const step = stepOf(from, to, attrs);
  return Array.from({ length: to }, (_, i) => {
    const position = attrs.halfPixelCenters === true ? (i + 0.5) * step - 0.5 : i * step;
    const at = Math.min(Math.max(position, 0), from - 1);
    const [low, share] = [Math.floor(at), at - Math.floor(at)];
    const row = new Array<number>(from).fill(0);
    row[low]! += 1 - share;
    row[Math.ceil(at)]! += share;
    return row;
  });
};

/** The one source pixel of each pixel. */
function nearestIndices(from: number, to: number, attrs: Attributes): number[] {
  const step = stepOf(from, to, attrs);
  const round = attrs.alignCorners === true ? Math.round : Math.floor;
  const offset = attrs.halfPixelCenters === true ? 0.5 : 0;
  return Array.from({ length: to }, (_, i) => Math.min(round((i + offset) * step), from - 1));
}

const nearest: Sampling = (from, to, attrs) =>
  nearestIndices(from, to, attrs).map((index) =>
    Array.from({ length: from }, (_, i) => (i === index ? 1 : 0)),
  );

const transposed = (weights: Weights): Weights =>
  weights[0]!.map((_, column) => weights.map((row) => row[column]!));

/** rows · x · columnsᵀ of each channel of x [B, H, W, C]. */
function apply(build: Builder, x: Value, rows: Weights, columns: Weights): Value {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const matrix = (weights: Weights): Value =>
    build.constant('float32', [weights.length, weights[0]!.length], weights.flat());
  const tall = build.matMul(matrix(rows), build.reshape(x, [batch, height, width * channels]));
  const lines = build.reshape(tall, [batch * rows.length, width, channels]);
  const result = build.matMul(matrix(columns), lines);
  return build.reshape(result, [batch, rows.length, columns.length, channels]);
}

const [heightOf, widthOf] = [(shape: Shape) => shape[1]!, (shape: Shape) => shape[2]!];

const gradient =
  (sampling: Sampling): Lowering =>
  ({ inputs: { images, dy }, attrs, build }) => {
    const along = (lengthOf: (shape: Shape) => number): Weights =>
      transposed(sampling(lengthOf(images!.shape), lengthOf(dy!.shape), attrs));
    return apply(build, dy!, along(heightOf), along(widthOf));
  };

export const resize: LoweringTable = {
  ResizeBilinear: ({ inputs: { images }, attrs, build }) => {
    const [height, width] = attrs.size as [number, number];
    const x = build.cast(images!, 'float32');
    const rows = bilinear(heightOf(x.shape), height, attrs);
    return apply(build, x, rows, bilinear(widthOf(x.shape), width, attrs));
  },
  ResizeBilinearGrad: gradient(bilinear),
  ResizeNearestNeighbor: ({ inputs: { images }, attrs, build }) => {
    const size = attrs.size as [number, number];
    return size.reduce((value, to, i) => {
      const axis = i + 1;
      return reorder(build, value, axis, nearestIndices(value.shape[axis]!, to, attrs));
    }, images!);
  },
  ResizeNearestNeighborGrad: gradient(nearest),
};
