import type { Builder } from '../graph/builder.js';
import { mayMove, productOptions } from '../graph/forms.js';
import { countUses, type Graph, splatOf, type Value } from '../graph/graph.js';
import { sizeOf } from '../graph/shapes.js';
import { readersOf, rewrite } from './rewrite.js';

/** Operands up to this size are scaled for next to nothing. */
const small = 16_384;

/**
 * x = A · B + bias of which somewhere c · x is read: the product computes z = c · x by itself
 * (a factor costs it nothing) and x becomes z / c, a factor that the other readers pass on.
 */
export function absorbScale(graph: Graph, build: Builder): Graph {
  const uses = countUses(graph);
  const readers = readersOf(graph);

  /** What x is multiplied by, in whatever shape: the first constant found that may be moved. */
  const wantedFactor = (x: Value): number | undefined => {
    for (const { op, inputs, outputs } of readers(x)) {
      const factor =
        op === 'Reshape'
          ? wantedFactor(outputs[0]!)
          : op === 'Mul'
            ? (splatOf(inputs[0]!) ?? splatOf(inputs[1]!))
            : undefined;
      if (factor !== undefined && mayMove(factor)) return factor;
    }
    return undefined;
  };

  /** value · factor without a pass of its own, `undefined` where that cannot be had. */
  const absorbed = (value: Value, factor: number): Value | undefined => {
    const node = value.producer;
    if (node === undefined) return undefined;
    const [a, b, bias] = node.inputs as [Value, Value, Value | undefined];
    switch (node.op) {
      case 'Gemm':
      case 'MatMul':
      case 'FusedMatMul': {
        const options = productOptions(node, bias && build.scale(bias, factor));
        return build.matMul(a, b, { ...options, alpha: options.alpha! * factor });
      }
      case 'Reshape': {
        const inner = absorbed(a, factor);
        return inner && build.reshape(inner, value.shape);
      }
      case 'Add': {
        const [large, other] = sizeOf(a.shape) >= sizeOf(b.shape) ? [a, b] : [b, a];
        if (sizeOf(other.shape) > small) return undefined;
        const inner = absorbed(large, factor);
        return inner && build.add(inner, build.scale(other, factor));
      }
      default:
        return undefined;
    }
  };

  return rewrite(graph, build, (node, inputs) => {
    const [x] = node.outputs as [Value];
    // What has another shape is scaled where it is made, for all who read it.
    if (node.op === 'Reshape' || sizeOf(x.shape) <= small) return undefined;
    const factor = wantedFactor(x);
    if (factor === undefined || !readOnceBelow(x, uses)) return undefined;
    const [rebuilt] = build.rebuild(node, inputs) as [Value];
    const scaled = absorbed(rebuilt, factor);
    return scaled && [build.scale(scaled, 1 / factor)];
  });
}

/** Whether nothing but `x` itself reads what `x` is a sum or another shape of. */
function readOnceBelow(x: Value, uses: ReadonlyMap<Value, number>): boolean {
  const node = x.producer;
  if (node === undefined || (node.op !== 'Reshape' && node.op !== 'Add')) return true;
  return node.inputs.every(
    (input) =>
      input?.producer === undefined ||
      sizeOf(input.shape) <= small ||
      (uses.get(input) === 1 && readOnceBelow(input, uses)),
  );
}
