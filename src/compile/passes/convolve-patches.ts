/**
 * Convolutions and their gradients as matrix products of patches.
 *
 * A convolution is the product of a matrix of patches [B · …', k… · C] and the filter as a matrix
 * [k… · C, C']; its gradients are products with the same patches.
 */
import type { Builder } from '../graph/builder.js';
import { type ConvolutionNode, isConvolution, windowsIn } from '../graph/convolutions.js';
import { type Graph, nodesOf, type Value } from '../graph/graph.js';
import { patchesOf } from '../lower/patches.js';
import { asRows } from '../lower/windows.js';
import { rewrite } from './rewrite.js';

/** The graph without convolutions. */
export function convolvePatches(graph: Graph, build: Builder): Graph {
  if (!nodesOf(graph).some(isConvolution)) return graph;
  return rewrite(graph, build, (node, inputs) =>
    isConvolution(node) ? [byPatches(build, node, inputs as Value[])] : undefined,
  );
}

/** What a convolution, or a gradient of one, makes of its inputs, images channels last. */
export function byPatches(build: Builder, node: ConvolutionNode, inputs: readonly Value[]): Value {
  const [a, b] = inputs as [Value, Value];
  const patches = patchesOf(build, windowsIn(node));
  switch (node.op) {
    case 'Convolution': {
      const product = build.matMul(patches.gather(a), patches.toMatrix(b));
      return build.reshape(product, node.outputs[0]!.shape);
    }
    case 'InputGradient':
      return patches.scatter(build.matMul(asRows(build, a), patches.toMatrix(b), { transB: true }));
    case 'FilterGradient':
      return patches.toFilter(build.matMul(patches.gather(a), asRows(build, b), { transA: true }));
  }
}
