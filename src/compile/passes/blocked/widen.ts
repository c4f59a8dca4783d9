/**
 * Convolutions from or to fewer channels than a block, as the last one of a generator of pictures is: with
 * channels of zeros up to a block, they are convolutions of blocks, which is many times as fast as products
 * of patches. What the zeros give is cut off.
 */
import type { Builder } from '../../graph/builder.js';
import {
  addConvolution,
  type ConvolutionNode,
  isConvolution,
  type WindowInfo,
  windowsIn,
} from '../../graph/convolutions.js';
import type { Graph, Value } from '../../graph/graph.js';
import { rewrite } from '../rewrite.js';
import { canBeInBlocks } from './rules.js';

/** The graph with such convolutions widened. */
export const widenConvolutions = (graph: Graph, build: Builder, block: number): Graph =>
  rewrite(graph, build, (node, inputs) => {
    if (!isConvolution(node) || canBeInBlocks(node, block)) return undefined;
    const wider = widened(node, block);
    if (!canBeInBlocks(wider, block)) return undefined;
    const info = windowsIn(wider);
    const [a, b] = inputs as [Value, Value];
    const { inChannels, outChannels } = info;
    const to = (value: Value, ...channels: readonly number[]): Value => {
      const shape = [...value.shape.slice(0, -channels.length), ...channels];
      return build.pad(
        value,
        zeros(shape),
        shape.map((length, i) => length - value.shape[i]!),
      );
    };
    const operands: Record<ConvolutionNode['op'], () => [Value, Value]> = {
      Convolution: () => [a, to(b, inChannels, outChannels)],
      InputGradient: () => [to(a, outChannels), to(b, inChannels, outChannels)],
      FilterGradient: () => [a, to(b, outChannels)],
    };
    const wide = addConvolution(build, node.op, info, operands[node.op]());
    const { shape } = node.outputs[0]!;
    return [build.slice(wide, zeros(shape), shape)];
  });

const zeros = (shape: readonly number[]): number[] => shape.map(() => 0);

/**
 * The same convolution over at least a block of channels. Images of few channels are convolved as they are;
 * their gradients are not.
 */
export function widened(node: ConvolutionNode, block: number): ConvolutionNode {
  const info = windowsIn(node);
  const atLeast = (channels: number): number => Math.max(channels, block);
  const attributes: WindowInfo = {
    ...info,
    outChannels: atLeast(info.outChannels),
    ...(node.op === 'InputGradient' && { inChannels: atLeast(info.inChannels) }),
  };
  return { ...node, attributes: attributes as unknown as ConvolutionNode['attributes'] };
}
