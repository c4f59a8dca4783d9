import { writeFileAtomic } from '../files.js';
import { readVariables } from '../train/checkpoint.js';
import { encodeSafetensors } from '../train/safetensors.js';
import { type ExportedModel, weightsOf } from './model.js';

/**
 * Writes a model's weights as a safetensors file: `LAYER/WEIGHT` by name, such as
 * `block_0/token_mixing/dense_0/kernel` [S, D_S], and the metadata as it is.
 *
 * Kernels are laid out as in TensorFlow: dense [in, out], convolutions [height, width, in, out],
 * transposed convolutions [height, width, out, in].
 *
 * @returns the files written
 * @throws OutputError where the file cannot be written
 */
export async function writeSafetensors(
  path: string,
  { model, metadata }: ExportedModel,
): Promise<string[]> {
  const tensors = await readVariables(weightsOf(model));
  await writeFileAtomic(path, encodeSafetensors({ tensors, metadata }));
  return [path];
}
