import { convolution } from './convolution.js';
import { elementwise } from './elementwise.js';
import type { LoweringTable } from './lowering.js';
import { matrixProduct } from './product.js';
import { reduction } from './reduction.js';
import { shape } from './shape.js';

/** Every TensorFlow.js kernel that can be compiled, by name. */
export const lowerings: LoweringTable = {
  ...elementwise,
  ...shape,
  ...reduction,
  ...matrixProduct,
  ...convolution,
};
