/**
 * Graphs in the operators that a target has, and has right.
 */

import { CompileError } from '../errors.js';
import type { Builder } from '../graph/builder.js';
import { type Graph, type Node, nodesOf, type Value } from '../graph/graph.js';
import type { Target } from '../target.js';
import { dotInBlocks, isLongDot, isLongSum, sumInBlocks } from './block-sums.js';
import { isInexact, restate } from './exact.js';
import { inPieces, isWide } from './few-buffers.js';
import { isThinWithNumber, onFlat } from './flat-numbers.js';
import { rewrite } from './rewrite.js';

/**
 * The graph as the target can run it.
 * @throws CompileError for an operator that cannot be said otherwise
 */
export function legalise(graph: Graph, target: Target, build: Builder): Graph {
  const isToBlock = (node: Node): boolean => !target.exact && isLongSum(node);
  // In a file the batch stays open, of which a product could be a row, and a length is not known.
  const isOwn = !target.exact && target.state !== 'model';
  const isDot = (node: Node): boolean => isOwn && isLongDot(node);
  const isThin = (node: Node): boolean => isOwn && isThinWithNumber(node);
  const most = target.mostBuffers ?? Number.POSITIVE_INFINITY;
  const isRight = (node: Node): boolean =>
    isLegal(node, target) &&
    !isToBlock(node) &&
    !isDot(node) &&
    !isThin(node) &&
    !isWide(node, most);
  if (nodesOf(graph).every(isRight)) return graph;
  return rewrite(graph, build, (node, inputs) => {
    if (isToBlock(node)) return [sumInBlocks(build, node, inputs[0]!)];
    if (isDot(node)) return [dotInBlocks(build, node, inputs as Value[])];
    if (isThin(node)) return [onFlat(build, node, inputs as Value[])];
    if (isWide(node, most)) return inPieces(build, node, inputs as Value[], most);
    return legalNode(build, target, node, inputs);
  });
}

function isLegal(node: Node, { ownOperators, exact, left, block }: Target): boolean {
  if (node.domain === '') return exact || left?.has(node.op) === true || !isInexact(node);
  return node.domain === 'com.microsoft.nchwc' ? block !== undefined : ownOperators.has(node.op);
}

/**
 * Adds `node`, with other inputs, to a graph, as it stands: the builder's own simplifications could
 * make an operator again that the target has not, or fix a length that is to stay open.
 *
 * @returns the outputs
 * @throws CompileError for an operator that cannot be said otherwise
 */
export function legalNode(
  build: Builder,
  target: Target,
  node: Node,
  inputs: readonly (Value | undefined)[],
): readonly Value[] {
  const { op, domain, attributes, outputs } = node;
  if (isLegal(node, target)) return build.node(op, inputs, outputs, attributes, domain);
  if (domain === '') return [restate(build, node, inputs as readonly Value[])];
  if (op === 'FusedMatMul') {
    const [a, b] = inputs as [Value, Value];
    const product = build.op(
      'MatMul',
      [
        attributes.transA === 1 ? lastTwoSwapped(build, a) : a,
        attributes.transB === 1 ? lastTwoSwapped(build, b) : b,
      ],
      outputs[0]!,
    );
    const alpha = (attributes.alpha as { readonly float: number } | undefined)?.float ?? 1;
    return [alpha === 1 ? product : build.op('Mul', [product, build.scalar(alpha)], product)];
  }
  throw new CompileError(`${target.name} has no ${op}, which is known to onnxruntime only`);
}

/** Not `build.transpose`, which would make some of these a reshape to fixed lengths. */
function lastTwoSwapped(build: Builder, x: Value): Value {
  const swap = <T>(list: readonly T[]): T[] => [...list.slice(0, -2), ...list.slice(-2).reverse()];
  const { dtype, shape } = x;
  return build.op(
    'Transpose',
    [x],
    { dtype, shape: swap(shape) },
    { perm: swap([...shape.keys()]) },
  );
}
