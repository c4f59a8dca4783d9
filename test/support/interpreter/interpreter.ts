/**
 * A runtime in plain TypeScript: slow, and obvious. It shows what a graph means where nothing else
 * runs it, and gives compiled steps something to be held to that is neither TensorFlow.js nor
 * onnxruntime.
 */
import { CompileError } from '../../../src/compile/errors.js';
import {
  type ConstantValues,
  type Graph,
  type Node,
  nodesOf,
  numbersOf,
  type Value,
} from '../../../src/compile/graph/graph.js';
import type { Runtime, Session, Values } from '../../../src/compile/runtime/runtime.js';
import { hostState } from '../../../src/compile/state/host.js';
import type { Target } from '../../../src/compile/target.js';
import { blocksOf } from './blocks.js';
import { elementwise } from './elementwise.js';
import { gather } from './gather.js';
import { type Kernel, type KernelTable, numbersAs, type Operand } from './kernel.js';
import { layout } from './layout.js';
import { products } from './products.js';
import { reductions } from './reductions.js';
import { windows } from './windows.js';

const kernels: KernelTable = {
  ...elementwise,
  ...layout,
  ...gather,
  ...reductions,
  ...products,
  ...windows,
};

/** ONNX's own operators, on a batch as a whole. */
const target: Target = {
  name: 'interpreter',
  ownOperators: new Set(),
  splits: false,
  state: 'host',
  exact: true,
};

export const interpreter = interpreterIn(undefined);

/** @param block channels of the blocks in which it takes images, if it does */
export function interpreterIn(block: number | undefined): Runtime {
  return {
    target: { ...target, block },
    store: hostState,
    async load(graph) {
      if ('part' in graph) throw new CompileError('the interpreter runs no parts');
      return sessionOf(graph, block === undefined ? {} : blocksOf(block));
    },
  };
}

function sessionOf(graph: Graph, inBlocks: KernelTable): Session {
  const calls = nodesOf(graph).map((node) => ({ node, kernel: kernelOf(node, inBlocks) }));
  return {
    async run(inputs, into) {
      const known = new Map<Value, Operand>();
      graph.inputs.forEach(({ value }, i) => {
        known.set(value, operandOf(value, Array.from<number | bigint, number>(inputs[i]!, Number)));
      });
      for (const { node, kernel } of calls) evaluate(node, kernel, known);
      return graph.outputs.map(({ value }, i) => put(read(known, value), into?.[i]));
    },
    release: () => Promise.resolve(),
  };
}

function kernelOf({ op, domain }: Node, inBlocks: KernelTable): Kernel {
  const kernel = { '': kernels, 'com.microsoft.nchwc': inBlocks }[domain as string]?.[op];
  if (kernel === undefined) throw new CompileError(`the interpreter does not know ${op}`);
  return kernel;
}

function evaluate(node: Node, kernel: Kernel, known: Map<Value, Operand>): void {
  const { op, outputs, attributes } = node;
  const inputs = node.inputs.map((input) => input && read(known, input)) as Operand[];
  const results = kernel({ op, inputs, outputs, attributes });
  outputs.forEach((output, i) => {
    known.set(output, operandOf(output, results[i]!));
  });
}

function read(known: Map<Value, Operand>, value: Value): Operand {
  const operand = known.get(value);
  if (operand !== undefined) return operand;
  const made = operandOf(value, numbersOf(value)!);
  known.set(value, made);
  return made;
}

const operandOf = ({ dtype, shape }: Value, numbers: ArrayLike<number>): Operand => ({
  ...{ dtype, shape },
  values: numbersAs(dtype, numbers),
});

/** The values in an array of the caller's, or in one of their own. */
function put({ dtype, values }: Operand, into: ConstantValues | undefined): Values[number] {
  const own =
    dtype === 'int64'
      ? BigInt64Array.from(values, BigInt)
      : (values.slice() as Float32Array | Int32Array | Uint8Array);
  if (into === undefined) return own;
  (into as Float32Array).set(own as Float32Array);
  return into;
}
