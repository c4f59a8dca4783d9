import { z } from 'zod';
import type { HostTensor } from '../compile/step.js';
import { InputError } from '../errors.js';
import { readFileChecked, writeFileAtomic } from '../files.js';
import { type LoadedCheckpoint, readVariables } from '../train/checkpoint.js';
import { type ExportedModel, weightsOf } from './model.js';
import { decodeSafetensors, encodeSafetensors } from './safetensors.js';
import { isZip } from './zip.js';

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

/** The part of `ModelMetadata` that a model is built from again. */
const metadataSchema = z.object({
  mixgan: z.string(),
  kind: z.string(),
  step: z.string().regex(/^\d+$/),
  config: z.string().transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.addIssue('not JSON');
      return z.NEVER;
    }
  }),
  testAccuracy: z.coerce.number().min(0).max(1).optional(),
});

/** A checkpoint of a model's weights alone. */
export interface ExportedCheckpoint extends LoadedCheckpoint {
  /** Share of held-out images that a classifier recognised, 0 … 1, where the file says so. */
  readonly testAccuracy: number | undefined;
}

/**
 * Reads a file of `writeSafetensors`.
 *
 * @param prefix what to put before the names of the weights, as a model's variables have it
 * @throws InputError when it is missing, damaged, or written by something else
 */
export async function readSafetensors(path: string, prefix: string): Promise<ExportedCheckpoint> {
  const bytes = await readFileChecked(path);
  // A zip archive is most likely Google's weights, and would only be called damaged.
  if (isZip(bytes)) throw notExported(path);
  const { tensors, metadata } = decodeSafetensors(bytes, path);
  const described = metadataSchema.safeParse(metadata);
  if (!described.success) throw notExported(path);
  const { kind, step, config, testAccuracy } = described.data;
  const variables = new Map<string, HostTensor>();
  for (const [name, tensor] of tensors) {
    if (tensor.dtype === 'uint8') {
      throw new InputError(`${path}: ${name} holds bytes, which no model of mixgan has`);
    }
    variables.set(`${prefix}/${name}`, tensor);
  }
  return { path, kind, step: Number(step), config, variables, testAccuracy };
}

const notExported = (path: string): InputError =>
  new InputError(
    `${path} is not a model that mixgan exported; give a file of "mixgan export RUN --format safetensors" or the folder of a run, as "mixgan import" makes of a released checkpoint`,
  );
