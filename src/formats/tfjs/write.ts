/**
 * Models in the files that `model.save` of TensorFlow.js makes: `model.json` and `weights.bin`.
 */
import { mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { OutputError, systemErrorCode } from '../../errors.js';
import { asOutputError, writeFileAtomic } from '../../files.js';
import type { ExportedModel } from '../exported-model.js';
import { withoutTanhGelu } from './tanh-gelu.js';

/**
 * Writes a model so that `tf.loadLayersModel` of any TensorFlow.js opens it. `model.json` comes
 * last: where it is, the model is whole. The metadata is the model's `userDefinedMetadata`.
 *
 * @param folder a new or an empty folder
 * @returns the files written
 * @throws OutputError where the folder holds something or cannot be written; nothing is left then
 */
export async function writeTfjs(
  folder: string,
  { model, metadata }: ExportedModel,
): Promise<string[]> {
  const { modelTopology, weightData, weightSpecs, ...description } = await artifactsOf(model);
  const modelJson = {
    modelTopology: withoutTanhGelu(modelTopology!),
    ...description,
    weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs }],
    userDefinedMetadata: metadata,
  };
  const [modelPath, weightsPath] = [join(folder, 'model.json'), join(folder, 'weights.bin')];

  const isNew = await claimFolder(folder);
  try {
    await writeFileAtomic(weightsPath, new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData)));
    await writeFileAtomic(modelPath, JSON.stringify(modelJson));
  } catch (thrown) {
    await rm(weightsPath, { force: true }).catch(() => undefined);
    if (isNew) await rmdir(folder).catch(() => undefined);
    throw thrown;
  }
  return [modelPath, weightsPath];
}

async function artifactsOf(model: LayersModel): Promise<tf.io.ModelArtifacts> {
  let saved: tf.io.ModelArtifacts | undefined;
  const handler = tf.io.withSaveHandler(async (artifacts) => {
    saved = artifacts;
    return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
  });
  await model.save(handler);
  return saved!;
}

/** Makes sure that there is an empty folder; whether it had to be made. */
async function claimFolder(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (thrown) {
    if (systemErrorCode(thrown) !== 'EEXIST') throw asOutputError(thrown, path);
  }
  const entries = await readdir(path).catch((thrown: unknown) => {
    throw systemErrorCode(thrown) === 'ENOTDIR'
      ? new OutputError(`cannot write ${path}: it is a file; give the name of a new folder`)
      : asOutputError(thrown, path);
  });
  if (entries.length > 0) {
    throw new OutputError(`${path} is not empty; give --out a new folder`);
  }
  return false;
}
