/**
 * `BatchMatMul`: the stock kernel is fast only for one untransposed product; everything else falls
 * to a scalar loop some ten to thirty times slower. Here transposed operands are transposed first,
 * and a batch becomes one product where the right operand is shared, and a product per matrix
 * where it is not.
 */
import * as tf from '@tensorflow/tfjs-core';
import {
  addressOf,
  type BackendWasm,
  floatBytes,
  type KernelCall,
  type MendedKernel,
  runKernel,
} from './heap.js';
import { type ClampActivation, multiply } from './product.js';

/** Multiply-adds up to which the stock loop over a batch beats setting up a product for each. */
const tinyProduct = 8192;

export const matMulKernel: MendedKernel = {
  kernelName: tf.BatchMatMul,
  run: (call, stock) => {
    const operands = readOperands(call);
    if (operands === undefined || isTiny(operands)) return stock(call);
    const { a, b, transposeA, transposeB } = operands;
    if (transposeA && !transposeB && packsLessWhenFlipped(operands)) {
      const { backend } = call;
      const flipped = batchMatMul(backend, { ...operands, a: b, b: a });
      return disposing(backend, flipped, transposeMatrices(backend, flipped));
    }
    return batchMatMul(call.backend, operands);
  },
};

export interface MatMulOperands {
  readonly a: tf.TensorInfo;
  readonly b: tf.TensorInfo;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** What is done to each product before it is written: `activation(product + bias)`. */
export interface Epilogue {
  /** Float32 of N values. */
  readonly bias?: tf.TensorInfo | undefined;
  readonly activation?: ClampActivation | undefined;
}

/**
 * The operands of a matrix product kernel, or `undefined` where the stock kernel should speak: other
 * types than float32, sizes that do not fit, or an empty operand.
 */
export function readOperands({ inputs, attrs }: KernelCall): MatMulOperands | undefined {
  const { a, b } = inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
  const transposeA = attrs?.transposeA === true;
  const transposeB = attrs?.transposeB === true;
  if (a.dtype !== 'float32' || b.dtype !== 'float32') return undefined;
  const [, innerA] = matrixDims(a, transposeA);
  const [innerB] = matrixDims(b, transposeB);
  if (innerA !== innerB) return undefined;
  if (tf.util.sizeFromShape(a.shape) === 0 || tf.util.sizeFromShape(b.shape) === 0) {
    return undefined;
  }
  return { a, b, transposeA, transposeB };
}

/** The product of float32 operands whose batch axes broadcast against each other. */
export function batchMatMul(
  backend: BackendWasm,
  operands: MatMulOperands,
  epilogue: Epilogue = {},
): tf.TensorInfo {
  const [rows, inner] = matrixDims(operands.a, operands.transposeA);
  const [, columns] = matrixDims(operands.b, operands.transposeB);
  const batchA = operands.a.shape.slice(0, -2);
  const batchB = operands.b.shape.slice(0, -2);
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(batchA, batchB);
  const temporaries: tf.TensorInfo[] = [];
  const upright = (operand: tf.TensorInfo, transposed: boolean) => {
    if (!transposed) return operand;
    const straightened = transposeMatrices(backend, operand);
    temporaries.push(straightened);
    return straightened;
  };
  const a = upright(operands.a, operands.transposeA);
  const b = upright(operands.b, operands.transposeB);
  const out = backend.makeOutput([...batch, rows, columns], 'float32');
  const addresses = {
    a: addressOf(backend, a),
    b: addressOf(backend, b),
    out: addressOf(backend, out),
    bias: epilogue.bias === undefined ? undefined : addressOf(backend, epilogue.bias),
  };
  const { activation } = epilogue;
  if (tf.util.sizeFromShape(batchB) === 1) {
    const allRows = tf.util.sizeFromShape(batchA) * rows;
    multiply(backend, { ...addresses, rows: allRows, inner, columns, activation });
  } else {
    const matrixOfA = broadcastIndices(batchA, batch);
    const matrixOfB = broadcastIndices(batchB, batch);
    for (let i = 0; i < matrixOfA.length; i++) {
      multiply(backend, {
        a: addresses.a + matrixOfA[i]! * rows * inner * floatBytes,
        b: addresses.b + matrixOfB[i]! * inner * columns * floatBytes,
        out: addresses.out + i * rows * columns * floatBytes,
        bias: addresses.bias,
        ...{ rows, inner, columns, activation },
      });
    }
  }
  for (const temporary of temporaries) backend.disposeData(temporary.dataId);
  return out;
}

/** Disposes `used` and returns `result`. */
export function disposing(
  backend: BackendWasm,
  used: tf.TensorInfo,
  result: tf.TensorInfo,
): tf.TensorInfo {
  backend.disposeData(used.dataId);
  return result;
}

/** Rows and columns of the matrices of an operand, as the product sees them. */
function matrixDims({ shape }: tf.TensorInfo, transposed: boolean): [number, number] {
  const rows = shape[shape.length - 2] ?? 1;
  const columns = shape[shape.length - 1] ?? 1;
  return transposed ? [columns, rows] : [rows, columns];
}

function transposeMatrices(backend: BackendWasm, x: tf.TensorInfo): tf.TensorInfo {
  const rank = x.shape.length;
  const perm = x.shape.map((_, axis) => axis);
  perm[rank - 2] = rank - 1;
  perm[rank - 1] = rank - 2;
  return runKernel(tf.Transpose, backend, { x }, { perm });
}

/** For each matrix of a batch of shape `to`, the index of the matrix of `from` it is made of. */
function broadcastIndices(from: readonly number[], to: readonly number[]): number[] {
  let indices = [0];
  for (let axis = 0; axis < to.length; axis++) {
    const size = from[axis - (to.length - from.length)] ?? 1;
    const steps = Array.from({ length: to[axis]! }, (_, i) => (size === 1 ? 0 : i));
    indices = indices.flatMap((index) => steps.map((step) => index * size + step));
  }
  return indices;
}

function isTiny({ a, b, transposeA, transposeB }: MatMulOperands): boolean {
  const batchA = a.shape.slice(0, -2);
  const batchB = b.shape.slice(0, -2);
  const [rows, inner] = matrixDims(a, transposeA);
  const [, columns] = matrixDims(b, transposeB);
  return (
    tf.util.arraysEqual(batchA, batchB) &&
    tf.util.sizeFromShape(batchB) > 1 &&
    rows * inner * columns <= tinyProduct
  );
}

/**
 * Packing a right operand costs more than transposing a left one, so `aᵀ · b` of a narrow `a` and a
 * wide `b` (the gradient of a weight matrix) is taken as `(bᵀ · a)ᵀ`.
 */
function packsLessWhenFlipped({ a, b }: MatMulOperands): boolean {
  const isSingle = (x: tf.TensorInfo) => tf.util.sizeFromShape(x.shape.slice(0, -2)) === 1;
  const [rows, inner] = matrixDims(a, true);
  const [, columns] = matrixDims(b, false);
  return isSingle(a) && isSingle(b) && (columns - rows) * inner > rows * columns;
}
