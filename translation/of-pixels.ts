import * as tfl from '@tensorflow/tfjs-layers';
import { Rescaling, unitScaling } from '../src/mixer/rescaling.js';

/** −1 … 1 to 0 … 255. */
const pixelScaling = { scale: 127.5, offset: 127.5 };

/**
 * A generator for other programs, which know pixels: its layers between two that scale.
 *
 * @param generator from images [B, H, W, C] in −1 … 1 to as many
 * @returns a model from images [B, H, W, C] of 0 … 255 to as many, clipped, with the generator's very
 *   weights
 */
export function ofPixels(generator: tfl.LayersModel): tfl.LayersModel {
  const image = tfl.input({ shape: generator.inputs[0]!.shape.slice(1), name: 'pixels' });
  const scaled = new Rescaling({ ...unitScaling, name: 'rescaling' });
  const back = new Rescaling({ ...pixelScaling, name: 'pixels_of_translation' });
  const translated = generator.apply(scaled.apply(image)) as tfl.SymbolicTensor;
  const pixels = back.apply(translated) as tfl.SymbolicTensor;
  const outputs = tfl.layers
    .reLU({ maxValue: 255, name: 'clipped' })
    .apply(pixels) as tfl.SymbolicTensor;
  return tfl.model({ inputs: image, outputs, name: generator.name });
}
