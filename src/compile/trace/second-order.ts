/**
 * Gradients of gradients. Stock TensorFlow.js gets many of them wrong: a gradient that keeps an
 * output of its op (tanh, sigmoid, exp, softmax, …) is a constant to an outer gradient, which then
 * loses a term or throws; so does one that `tf.customGrad` brings (`tf.logSoftmax`); and comparisons and a few gradient kernels have no gradient at all. A
 * gradient penalty (R1, R2, WGAN-GP) needs all of them.
 */
import * as tf from '@tensorflow/tfjs-core';
// Registers the stock gradients when it is loaded, which must come before they are mended.
import '@tensorflow/tfjs-layers';
import { dilatedGradients, watchFusion } from './dilated-gradients.js';
import { missingGradients } from './missing-gradients.js';
import { sumGradients } from './sum-gradients.js';

/**
 * Registers gradients that are right at second order; on every backend, and for good. First-order
 * results stay what they were. A second call does nothing.
 */
export function mendSecondOrderGradients(): void {
  if (tf.getGradient(tf.Tanh) === mendedGradients[0]) return;
  for (const gradient of mendedGradients) {
    if (tf.getGradient(gradient.kernelName) !== undefined) {
      tf.unregisterGradient(gradient.kernelName);
    }
    tf.registerGradient(gradient);
  }
  tf.engine().customGrad = mendedCustomGrad;
}

const stockCustomGrad = tf.engine().customGrad;
type CustomGrad = typeof stockCustomGrad;

/** What `tf.customGrad` takes and returns: functions of tensors, the last argument saves some. */
type CustomOp<Result> = (...args: (tf.Tensor | tf.GradSaveFunc)[]) => Result;
interface CustomResult<T extends tf.Tensor> {
  readonly value: T;
  readonly gradFunc: (dy: T, saved: tf.Tensor[]) => tf.Tensor | tf.Tensor[];
}

/** `tf.customGrad`, where a gradient that is looked into gets the op's output anew if it kept that. */
const mendedCustomGrad: CustomGrad = <T extends tf.Tensor>(f: CustomOp<CustomResult<T>>) => {
  const op: CustomOp<T> = stockCustomGrad.call(tf.engine(), (...args): CustomResult<tf.Tensor> => {
    const inputs = args.slice(0, -1) as tf.Tensor[];
    let kept: readonly tf.Tensor[] = [];
    const save: tf.GradSaveFunc = (tensors) => {
      kept = tensors;
      // Only the gradient of an inner function may be looked into.
      const forAgain = tf.engine().state.gradientDepth > 1 ? inputs : [];
      (args.at(-1) as tf.GradSaveFunc)([...tensors, ...forAgain]);
    };
    const { result, gradient } = watchFusion(() => f(...inputs, save));
    const { value, gradFunc } = result;
    return {
      value,
      gradFunc: (dy, saved) => {
        const own = saved.slice(0, kept.length);
        if (gradient !== undefined) return gradient(dy, own);
        if (!isLookedInto()) return gradFunc(dy as T, own);
        const again = () => op(...saved.slice(kept.length));
        return gradFunc(
          dy as T,
          own.map((tensor, i) => (kept[i] === value ? again() : tensor)),
        );
      },
    };
  }) as CustomOp<T>;
  return op;
};

/** Whether the gradient that is being taken is itself to be differentiated. */
const isLookedInto = (): boolean => tf.engine().state.gradientDepth > 0;

/** The gradient of an op with one input that is cheapest to write with its output `y`. */
interface OutputGradient {
  readonly kernelName: string;
  readonly input: string;
  /** The op again, for an outer gradient to see how `y` comes from `x`. */
  readonly again: (x: tf.Tensor, attrs: tf.NamedAttrMap) => tf.Tensor;
  readonly derivative: (dy: tf.Tensor, y: tf.Tensor, attrs: tf.NamedAttrMap) => tf.Tensor;
}

const outputGradients: readonly OutputGradient[] = [
  {
    kernelName: tf.Tanh,
    input: 'x',
    again: (x) => tf.tanh(x),
    derivative: (dy, y) => tf.mul(tf.sub(1, tf.square(y)), dy),
  },
  {
    kernelName: tf.Sigmoid,
    input: 'x',
    again: (x) => tf.sigmoid(x),
    derivative: (dy, y) => tf.mul(dy, tf.mul(y, tf.sub(1, y))),
  },
  {
    kernelName: tf.Exp,
    input: 'x',
    again: (x) => tf.exp(x),
    derivative: (dy, y) => tf.mul(dy, y),
  },
  {
    kernelName: tf.Softmax,
    input: 'logits',
    again: (x, { dim }) => tf.softmax(x, dim as number),
    derivative: (dy, y, { dim }) => {
      const weighted = tf.mul(dy, y);
      return tf.sub(weighted, tf.mul(tf.sum(weighted, dim as number, true), y));
    },
  },
  {
    kernelName: tf.Elu,
    input: 'x',
    again: (x) => tf.elu(x),
    // e^x where x ≤ 0, and there it is y + 1.
    derivative: (dy, y) => tf.mul(dy, tf.add(tf.minimum(y, 0), 1)),
  },
];

/** Comparisons jump and are flat elsewhere: their gradient is zero, for each of their inputs. */
const flatOps: Readonly<Record<string, readonly string[]>> = {
  [tf.Equal]: ['a', 'b'],
  [tf.NotEqual]: ['a', 'b'],
  [tf.Less]: ['a', 'b'],
  [tf.LessEqual]: ['a', 'b'],
  [tf.Greater]: ['a', 'b'],
  [tf.GreaterEqual]: ['a', 'b'],
  [tf.LogicalAnd]: ['a', 'b'],
  [tf.LogicalOr]: ['a', 'b'],
  [tf.LogicalNot]: ['x'],
};

const stockPow = tf.getGradient(tf.Pow);

const mendedGradients: readonly tf.GradConfig[] = [
  ...outputGradients.map(fromOutput),
  ...missingGradients,
  ...dilatedGradients,
  ...sumGradients,
  ...Object.entries(flatOps).map(([kernelName, inputs]) => zeroGradient(kernelName, inputs)),
  {
    ...stockPow,
    gradFunc: (dy, saved, attrs) => {
      const [a, b] = saved as [tf.Tensor, tf.Tensor];
      return stockPow.gradFunc(dy, isLookedInto() ? [a, b, tf.pow(a, b)] : saved, attrs);
    },
  },
  {
    kernelName: tf.LeakyRelu,
    inputsToSave: ['x'],
    gradFunc: (dy, saved, attrs) => {
      const [x] = saved as [tf.Tensor];
      const { alpha } = attrs as { alpha: number };
      return { x: () => tf.mul(dy as tf.Tensor, tf.step(x, alpha)) };
    },
  },
  {
    kernelName: tf.Conv2DBackpropFilter,
    inputsToSave: ['x', 'dy'],
    gradFunc: (gradient, saved, attrs) => {
      const [x, dy] = saved as [tf.Tensor4D, tf.Tensor4D];
      const filter = gradient as tf.Tensor4D;
      const { strides, pad, dataFormat, dimRoundingMode } = attrs as unknown as ConvAttrs;
      return {
        x: () =>
          tf.engine().runKernel<tf.Tensor>(tf.Conv2DBackpropInput, { dy, filter }, {
            strides,
            pad,
            dataFormat,
            dimRoundingMode,
            inputShape: x.shape,
          } as never),
        dy: () => tf.conv2d(x, filter, strides, pad, dataFormat, 1, dimRoundingMode),
      };
    },
  },
  {
    kernelName: tf.AvgPoolGrad,
    inputsToSave: ['input'],
    gradFunc: (gradient, saved, attrs) => {
      const [input] = saved as [tf.Tensor];
      const { filterSize, strides, pad } = attrs as unknown as PoolAttrs;
      return {
        dy: () => tf.avgPool(gradient as tf.Tensor4D, filterSize, strides, pad),
        input: () => tf.zeros(input.shape),
      };
    },
  },
  {
    // Not wrong in stock, but it slices and adds once for every repetition.
    kernelName: tf.Tile,
    inputsToSave: ['x'],
    gradFunc: (dy, saved, attrs) => {
      const [x] = saved as [tf.Tensor];
      const { reps } = attrs as unknown as { reps: number[] };
      return { x: () => sumOfTiles(dy as tf.Tensor, x.shape, reps) };
    },
  },
];

/** The attributes of `Conv2DBackpropFilter`. */
interface ConvAttrs {
  readonly strides: number | [number, number];
  readonly pad: Parameters<typeof tf.conv2d>[3];
  readonly dataFormat: 'NHWC' | 'NCHW';
  readonly dimRoundingMode: 'floor' | 'round' | 'ceil';
}

/** The attributes of `AvgPoolGrad`. */
interface PoolAttrs {
  readonly filterSize: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: Parameters<typeof tf.avgPool>[3];
}

/** Keeps `y` for a gradient that nothing looks into, and computes it again for one that is. */
function fromOutput({ kernelName, input, again, derivative }: OutputGradient): tf.GradConfig {
  return {
    kernelName,
    inputsToSave: [input],
    outputsToSave: [true],
    gradFunc: (dy, saved, attrs) => {
      const [x, y] = saved as [tf.Tensor, tf.Tensor];
      return {
        [input]: () => derivative(dy as tf.Tensor, isLookedInto() ? again(x, attrs) : y, attrs),
      };
    },
  };
}

function zeroGradient(kernelName: string, inputs: readonly string[]): tf.GradConfig {
  return {
    kernelName,
    inputsToSave: [...inputs],
    gradFunc: (_, saved) =>
      Object.fromEntries(inputs.map((name, i) => [name, () => tf.zeros(saved[i]!.shape)])),
  };
}

/** The sum over the copies that tiling a tensor of shape `shape` made of each of its values. */
function sumOfTiles(
  tiled: tf.Tensor,
  shape: readonly number[],
  reps: readonly number[],
): tf.Tensor {
  const split = shape.flatMap((size, axis) => [reps[axis]!, size]);
  return tf.sum(
    tf.reshape(tiled, split),
    shape.map((_, axis) => 2 * axis),
  );
}
