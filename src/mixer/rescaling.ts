/**
 * Pixels, 0 … 255, as the numbers that models compute with.
 *
 * The stock layer multiplies and adds, each with a rounding of its own. This one computes the same
 * more exactly, under the stock class name and config, so that a saved model opens in any tfjs.
 */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

/** y = scale · x + offset: one number each, or one for each channel. */
export interface Scaling {
  readonly scale: number | readonly number[];
  readonly offset: number | readonly number[];
}

/** 0 … 255 to −1 … 1. */
export const unitScaling: Scaling = { scale: 1 / 127.5, offset: -1 };

/**
 * scale · x + offset, computed as scale · (x − centre): for bytes in −1 … 1 the difference is exact.
 * The scale is the sum of a short number, whose product with it is exact too, and a small one, so that
 * the result is rounded once. A quotient would be as exact, but graphs are compiled without any.
 *
 * @param x [..., C], int32 or float32
 * @returns [..., C], float32
 */
export function rescale(x: tf.Tensor, { scale, offset }: Scaling): tf.Tensor {
  const [scales, offsets] = [[scale].flat(), [offset].flat()];
  const short = scales.map(shortened);
  const [centre, most, rest] = [
    scales.map((value, c) => -offsets[c]! / value),
    short,
    scales.map((value, c) => value - short[c]!),
  ].map((values) => (values.length === 1 ? values[0]! : tf.tensor1d(values)));
  const centred = tf.sub(tf.cast(x, 'float32'), centre!);
  return tf.add(tf.mul(centred, most!), tf.mul(centred, rest!));
}

/** Images as a generator draws them, in −1 … 1: bytes are scaled, other images stay as they are. */
export const scaled = (images: tf.Tensor): tf.Tensor =>
  images.dtype === 'int32' ? rescale(images, unitScaling) : images;

/** A model's input of images, and what the model computes with: the images scaled, if they are to be. */
export function imageInput(
  imageShape: readonly number[],
  scaling: Scaling | undefined,
): { readonly image: tfl.SymbolicTensor; readonly x: tfl.SymbolicTensor } {
  const image = tfl.input({ shape: [...imageShape], name: 'image' });
  if (scaling === undefined) return { image, x: image };
  const layer = new Rescaling({ ...scaling, name: 'rescaling' });
  return { image, x: layer.apply(image) as tfl.SymbolicTensor };
}

/** A number that is not 0, rounded to 12 bits. */
function shortened(value: number): number {
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(value))) - 11);
  return Math.round(value / unit) * unit;
}

/** The layer; it has no weights. */
export class Rescaling extends tfl.layers.Layer {
  static readonly className = 'Rescaling';

  readonly scaling: Scaling;

  constructor({ name, ...scaling }: Scaling & { readonly name?: string }) {
    super(name === undefined ? {} : { name });
    this.scaling = scaling;
  }

  override computeOutputShape(inputShape: tfl.Shape | tfl.Shape[]): tfl.Shape | tfl.Shape[] {
    return inputShape;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    return tf.tidy(() => rescale(x, this.scaling));
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...(this.scaling as object) };
  }
}
