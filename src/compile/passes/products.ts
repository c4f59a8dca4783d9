/**
 * The products of a graph and nothing else: how long they take is the least that a step made of them
 * can take, which is what a step's time is measured against.
 */
import { type Graph, type Node, nodesOf, type Value, valuesOf } from '../graph/graph.js';
import { Nodes } from '../graph/nodes.js';
import type { Port } from '../graph/port.js';
import { sizeOf } from '../graph/shapes.js';
import type { SplitGraph } from './split/split-graph.js';

const productOperators: ReadonlySet<string> = new Set([
  ...['Gemm', 'MatMul', 'FusedMatMul', 'FusedGemm'],
  ...['Conv', 'FusedConv', 'ConvTranspose'],
]);

/** Whether a node is a product: of matrices, or of windows with a filter. */
export const isProduct = (node: Node): boolean =>
  productOperators.has(node.op) && !isPassInBlocks(node);

/** Of images in blocks, a convolution of each channel by itself stands for sums and factors. */
const isPassInBlocks = ({ domain, inputs: [x], attributes }: Node): boolean =>
  domain === 'com.microsoft.nchwc' && attributes.group === x!.shape[1];

/**
 * A graph, or one that was taken apart, without inputs: each product of the original at its own shape,
 * transposed and scaled as it is there, in the same part. Constant operands stay; others are made up, as
 * they are only known in a run. Those with as many values are the same memory, so that
 * none of them has to be waited for.
 *
 * @returns `undefined` when there is no product
 */
export function productsOf(graph: Graph | SplitGraph): Graph | SplitGraph | undefined {
  const graphs = 'part' in graph ? [graph.before, graph.part, graph.after] : [graph];
  const found = graphs.map((one) => nodesOf(one).filter(isProduct));
  if (found.every((products) => products.length === 0)) return undefined;
  const output: Port = { kind: 'output', name: 'products' };
  if (!('part' in graph)) return graphOf(output, found[0]!);
  const [before, part, after] = found as [Node[], Node[], Node[]];
  const early: Port = { kind: 'early', index: 0 };
  return {
    count: graph.count,
    inputs: [],
    before: before.length === 0 ? { inputs: [], outputs: [] } : graphOf(early, before),
    part: graphOf({ kind: 'term', index: 0 }, part),
    pieces: [],
    after: graphOf(output, after),
  };
}

/** Products in their order; what comes out is made of their shapes, so that each is needed. */
function graphOf(port: Port, products: readonly Node[]): Graph {
  const nodes = new Nodes();
  const operandOf = operands(nodes);
  const shapeOf = (value: Value): Value =>
    nodes.op('Shape', [value], { dtype: 'int64', shape: [value.shape.length] });
  const shapes = products.flatMap((product) => {
    // Made here: `Nodes` would take two products of the same shapes for one.
    const copy: { -readonly [K in keyof Node]: Node[K] } = {
      ...product,
      inputs: product.inputs.map((input) => input && operandOf(input)),
      outputs: [],
    };
    copy.outputs = product.outputs.map(({ dtype, shape }) => ({
      ...nodes.input(dtype, shape),
      producer: copy,
    }));
    return copy.outputs.map(shapeOf);
  });
  const all = [nodes.int64s([products.length]), ...shapes];
  const length = all.reduce((sum, { shape }) => sum + shape[0]!, 0);
  const value = nodes.op('Concat', all, { dtype: 'int64', shape: [length] }, { axis: 0 });
  return { inputs: [], outputs: [{ port, value }] };
}

/** Tells what stands in the place of an operand. */
function operands(nodes: Nodes): (operand: Value) => Value {
  const known = new Map<string, Value>();
  const valuesFor = (dtype: Value['dtype'], count: number): Value => {
    const key = `${dtype}/${count}`;
    let found = known.get(key);
    if (found === undefined) {
      const values = valuesOf(
        dtype,
        Array.from({ length: count }, (_, i) => spread(i)),
      );
      found = { ...nodes.input(dtype, [count]), constant: { values } };
      known.set(key, found);
    }
    return found;
  };
  return ({ dtype, shape, constant }) => {
    if (constant !== undefined) return nodes.constantOf(dtype, shape, constant);
    // onnxruntime would lay out a constant operand for its product beforehand; of one that was given a
    // new shape, which costs nothing, it does not know.
    const values = valuesFor(dtype, sizeOf(shape));
    return nodes.op('Reshape', [values, nodes.int64s(shape)], { dtype, shape });
  };
}

/** Numbers all over −1 … 1 in no order: multiples of the golden ratio, without their whole part. */
const spread = (i: number): number => 2 * (((i + 1) * 0.618_033_988_749_895) % 1) - 1;
