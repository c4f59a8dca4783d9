import type { Value } from '../graph/graph.js';
import { sizeOf } from '../graph/shapes.js';
import { activation } from './activation.js';
import { convolution } from './convolution.js';
import { counting } from './counting.js';
import { depthwise } from './depthwise.js';
import { dilation } from './dilation.js';
import { division } from './division.js';
import { elementwise } from './elementwise.js';
import { gather } from './gather.js';
import type { Lowering, LoweringTable } from './lowering.js';
import { math } from './math.js';
import { sampling } from './multinomial.js';
import { normalisation } from './normalisation.js';
import { checkOperands } from './operands.js';
import { pooling } from './pooling.js';
import { matrixProduct } from './product.js';
import { reduction } from './reduction.js';
import { resize } from './resize.js';
import { shape } from './shape.js';
import { sparse } from './sparse.js';
import { warp } from './warp.js';

/** Every TensorFlow.js kernel that can be compiled, by name. */
export const lowerings: LoweringTable = Object.fromEntries(
  Object.entries({
    ...elementwise,
    ...activation,
    ...division,
    ...math,
    ...shape,
    ...gather,
    ...reduction,
    ...normalisation,
    ...matrixProduct,
    ...convolution,
    ...depthwise,
    ...pooling,
    ...resize,
    ...sampling,
    ...dilation,
    ...warp,
    ...counting,
    ...sparse,
  }).map(([name, lower]) => [name, foldEmpty(checked(name, lower))]),
);

/** The lowering, of operands that it knows. */
function checked(name: string, lower: Lowering): Lowering {
  return (call) => {
    checkOperands(name, call.inputs);
    return lower(call);
  };
}

/** A tensor without elements is a constant; onnxruntime refuses some that it would have to compute. */
function foldEmpty(lower: Lowering): Lowering {
  return (call) => {
    const result = lower(call);
    const fold = (value: Value): Value =>
      sizeOf(value.shape) === 0 ? call.build.splat(value.dtype, value.shape, 0) : value;
    return 'id' in result ? fold(result) : result.map(fold);
  };
}
