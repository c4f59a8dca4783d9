import { z } from 'zod';
import { InputError } from '../errors.js';
import type { LoadedCheckpoint } from '../train/checkpoint.js';
import { readVariables } from '../train/variables.js';
import type { ByteSource } from './byte-source.js';
import { type ExportedModel, weightsOf } from './exported-model.js';
import { formatOf } from './open.js';
import { RandomAccessFile } from './random-access-file.js';
import { readSafetensors } from './safetensors.js';
import { writeSafetensors } from './safetensors-file.js';
import { lazily, readHostTensors } from './tensor-file.js';

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
export async function writeModelFile(
  path: string,
  { model, metadata }: ExportedModel,
): Promise<string[]> {
  await writeSafetensors(path, lazily(await readVariables(weightsOf(model))), metadata);
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

/** A model's weights by themselves: what a file of `mixgan export RUN --format safetensors` holds. */
export interface ModelFile extends LoadedCheckpoint {
  /** Share of held-out images that a classifier recognised, 0 … 1, where the file says so. */
  readonly testAccuracy: number | undefined;
}

/**
 * Reads a file of `writeModelFile`.
 *
 * @param prefix what to put before the names of the weights, as a model's variables have it
 * @throws InputError when it is missing, damaged, or written by something else
 */
export const readModelFile = (path: string, prefix: string): Promise<ModelFile> =>
  RandomAccessFile.use(path, async (source) => {
    const { file, description } = await described(source);
    const variables = await readHostTensors(file, (name) => `${prefix}/${name}`);
    return { ...description, variables };
  });

/**
 * What such a file says of its model, without its weights.
 * @throws InputError as `readModelFile`
 */
export const readModelDescription = (path: string): Promise<Omit<ModelFile, 'variables'>> =>
  RandomAccessFile.use(path, async (source) => (await described(source)).description);

async function described(source: ByteSource) {
  const { path } = source;
  // A zip archive is most likely Google's weights, and would only be called damaged.
  if ((await formatOf(source)) === 'npz') throw notExported(path);
  const file = await readSafetensors(source);
  const parsed = metadataSchema.safeParse(file.metadata);
  if (!parsed.success) throw notExported(path);
  const { kind, step, config, testAccuracy } = parsed.data;
  return { file, description: { path, kind, step: Number(step), config, testAccuracy } };
}

const notExported = (path: string): InputError =>
  new InputError(
    `${path} is not a model that mixgan exported; give a file of "mixgan export RUN --format safetensors" or the folder of a run, as "mixgan import" makes of released weights`,
  );
