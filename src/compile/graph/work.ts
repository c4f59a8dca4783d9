/** Rough estimates of how long graphs take. */
import { isConvolution, windowsIn } from './convolutions.js';
import { type Graph, type Node, nodesOf, type Value } from './graph.js';
import { sizeOf } from './shapes.js';

/** Multiplications that a product does in the time in which other operations make one value. */
const productsPerValue = 32;

/** Work of a graph, in values that an elementwise operation makes. */
export const workOf = (graph: Graph): number =>
  nodesOf(graph).reduce((sum, node) => sum + nodeWork(node), 0);

/** @see workOf */
export const nodeWork = (node: Node): number => valuesOf(node) + productWork(node);

/** The share of that which its products have. */
export function productWork(node: Node): number {
  if (!isConvolution(node)) return (valuesOf(node) * depthOf(node)) / productsPerValue;
  const { batch, inChannels, outChannels, output, kernel } = windowsIn(node);
  return sizeOf([batch, inChannels, outChannels, ...output, ...kernel]) / productsPerValue;
}

const valuesOf = ({ outputs }: Node): number =>
  outputs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);

/** Multiplications for each value of the output. */
function depthOf({ op, inputs, attributes }: Node): number {
  const [a, filter] = inputs as [Value, Value];
  switch (op) {
    case 'MatMul':
      return a.shape.at(-1)!;
    case 'Gemm':
    case 'FusedMatMul':
      return a.shape.at(attributes.transA === 1 ? -2 : -1)!;
    case 'Conv':
    case 'ConvTranspose':
      return sizeOf(filter.shape.slice(1));
    default:
      return 0;
  }
}
