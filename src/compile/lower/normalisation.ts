/**
 * Normalisations that TensorFlow.js has kernels for.
 */
import type { Builder } from '../graph/builder.js';
import type { Value } from '../graph/graph.js';
import type { KernelCall, LoweringTable } from './lowering.js';
import { asRows } from './windows.js';

/** x summed over the channels within `depthRadius` of each, [..., C]. */
function sumNeighbours(build: Builder, x: Value, depthRadius: number): Value {
  const channels = x.shape.at(-1)!;
  const band = Array.from({ length: channels * channels }, (_, i) =>
    Math.abs(Math.floor(i / channels) - (i % channels)) <= depthRadius ? 1 : 0,
  );
  const weights = build.constant('float32', [channels, channels], band);
  return build.reshape(build.matMul(asRows(build, x), weights), x.shape);
}

/** bias + alpha · Σ x² over the neighbouring channels. */
function localEnergy(build: Builder, x: Value, attrs: KernelCall['attrs']): Value {
  const sum = sumNeighbours(build, build.mul(x, x), attrs.depthRadius as number);
  const scaled = build.mul(sum, build.scalar(attrs.alpha as number));
  return build.add(scaled, build.scalar(attrs.bias as number));
}

export const normalisation: LoweringTable = {
  FusedBatchNorm: ({ inputs: { x, mean, variance, offset, scale }, attrs, build }) => {
    const epsilon = build.scalar(attrs.varianceEpsilon as number);
    const deviation = build.unary('Sqrt', build.add(variance!, epsilon));
    const rate = build.div(scale ?? build.scalar(1), deviation);
    const normalised = build.mul(build.sub(x!, mean!), rate);
    return offset === undefined ? normalised : build.add(normalised, offset);
  },
  LRN: ({ inputs: { x }, attrs, build }) => {
    const power = build.scalar(-(attrs.beta as number));
    return build.mul(x!, build.binary('Pow', localEnergy(build, x!, attrs), power));
  },
  LRNGrad: ({ inputs: { x, y, dy }, attrs, build }) => {
    const { alpha, beta, depthRadius } = attrs as { [name: string]: number };
    const energy = localEnergy(build, x!, attrs);
    const own = build.mul(dy!, build.binary('Pow', energy, build.scalar(-beta!)));
    const shared = build.div(build.mul(y!, dy!), energy);
    const others = build.mul(x!, sumNeighbours(build, shared, depthRadius!));
    return build.sub(own, build.mul(others, build.scalar(2 * alpha! * beta!)));
  },
};
