/**
 * `_FusedMatMul`: on its slow path (a transposed operand, or a batch) the stock kernel adds the bias
 * and clamps once per 48-wide block of the inner axis, and gives wrong results. Here every product
 * takes the fast path, and what that cannot fuse is composed.
 */
import * as tf from '@tensorflow/tfjs-core';
import { EngineError } from '../../errors.js';
import { type BackendWasm, type KernelCall, type MendedKernel, runKernel } from './heap.js';
import { batchMatMul, disposing, type Epilogue, readOperands } from './matmul.js';
import { type ClampActivation, clampActivations } from './product.js';

export const fusedMatMulKernel: MendedKernel = {
  kernelName: tf._FusedMatMul,
  run: (call, stock) => {
    const operands = readOperands(call);
    if (operands === undefined) return stock(call);
    const { backend } = call;
    const bias = call.inputs.bias;
    const activation = String(call.attrs?.activation ?? 'linear');
    const columns = operands.b.shape[operands.b.shape.length - (operands.transposeB ? 2 : 1)] ?? 1;
    const fusesBias = bias === undefined || isRow(bias, columns);
    const fusesActivation = fusesBias && isClamp(activation);
    const epilogue: Epilogue = {
      bias: fusesBias ? bias : undefined,
      activation: fusesActivation ? activation : undefined,
    };
    let result = batchMatMul(backend, operands, epilogue);
    if (bias !== undefined && !fusesBias) {
      const inputs = { a: result, b: bias };
      result = disposing(backend, result, runKernel(tf.Add, backend, inputs));
    }
    return fusesActivation ? result : activate(backend, result, activation, call);
  },
};

/** Applies an activation to `x`, which it disposes. */
function activate(
  backend: BackendWasm,
  x: tf.TensorInfo,
  activation: string,
  { inputs, attrs }: KernelCall,
): tf.TensorInfo {
  switch (activation) {
    case 'linear':
      return x;
    case 'relu':
      return disposing(backend, x, runKernel(tf.Relu, backend, { x }));
    case 'relu6':
      return disposing(backend, x, runKernel(tf.Relu6, backend, { x }));
    case 'elu':
      return disposing(backend, x, runKernel(tf.Elu, backend, { x }));
    case 'sigmoid':
      return disposing(backend, x, runKernel(tf.Sigmoid, backend, { x }));
    case 'leakyrelu': {
      const alpha = Number(attrs?.leakyreluAlpha ?? 0);
      return disposing(backend, x, runKernel(tf.LeakyRelu, backend, { x }, { alpha }));
    }
    case 'prelu': {
      const alpha = inputs.preluActivationWeights as tf.TensorInfo;
      return disposing(backend, x, runKernel(tf.Prelu, backend, { x, alpha }));
    }
    default:
      backend.disposeData(x.dataId);
      throw new EngineError(
        `_FusedMatMul on the wasm engine cannot apply the activation ${activation}: apply it afterwards`,
      );
  }
}

function isClamp(activation: string): activation is ClampActivation {
  return activation in clampActivations;
}

function isRow({ shape, dtype }: tf.TensorInfo, columns: number): boolean {
  const size = tf.util.sizeFromShape(shape);
  return dtype === 'float32' && size === columns && shape[shape.length - 1] === columns;
}
