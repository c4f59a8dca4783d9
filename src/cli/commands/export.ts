import type { LayersModel } from '@tensorflow/tfjs-layers';
import { loggedTestAccuracy, restoreClassifier } from '../../../classifier/checkpoint.js';
import { restoreGenerator } from '../../../gan/checkpoint.js';
import { openEngine } from '../../engine/open.js';
import type { ExportedModel, ExportFormat } from '../../export/model.js';
import { writeOnnx } from '../../export/onnx.js';
import { writeSafetensors } from '../../export/safetensors.js';
import { writeTfjs } from '../../export/tfjs.js';
import type { LoadedCheckpoint } from '../../train/checkpoint.js';
import { openRun } from '../../train/run-folder.js';
import { report } from '../output.js';
import { openClassifierRun, openGanRun } from '../runs.js';

export interface ExportFlags {
  readonly format: ExportFormat;
  readonly out: string;
  readonly json?: boolean;
}

const writers = { onnx: writeOnnx, tfjs: writeTfjs, safetensors: writeSafetensors } as const;

/**
 * `mixgan export RUN`
 * @param version of this package, for the files
 */
export async function exportRun(path: string, flags: ExportFlags, version: string): Promise<void> {
  const { format, out } = flags;
  // Nothing is computed, and this one is everywhere.
  await openEngine('cpu');
  const exported = await restoreModel(path, version);
  const files = await writers[format](out, exported);

  const { model, output } = exported;
  const inputs = exported.inputs.map((name, i) => port(name, model.inputs[i]!.shape));
  const outputs = [port(output, model.outputs[0]!.shape)];
  report(flags.json, { run: path, format, files, inputs, outputs }, () =>
    [...files, `${inputs.map(describe).join(', ')} → ${outputs.map(describe)}`].join('\n'),
  );
}

/** The model of a run's checkpoint: a classifier, or the averaged generator of a GAN. */
async function restoreModel(path: string, version: string): Promise<ExportedModel> {
  const { config: stored } = await openRun(path);
  if ((stored as { kind?: unknown } | null)?.kind === 'gan') {
    const { config, checkpoint } = await openGanRun(path);
    const { generator, classNames } = restoreGenerator(config, checkpoint);
    const isConditional = classNames !== undefined;
    return describeModel({
      model: generator,
      inputs: isConditional ? ['latent', 'label'] : ['latent'],
      output: 'image',
      description: `From standard normal latents${isConditional ? ' and one-hot labels' : ''} to images in -1 ... 1`,
      checkpoint,
      version,
    });
  }
  const { run, config, checkpoint } = await openClassifierRun(path);
  return describeModel({
    model: restoreClassifier(config, checkpoint).model,
    inputs: ['image'],
    output: 'logits',
    description: 'From images in -1 ... 1 to logits; softmax makes them probabilities',
    testAccuracy: await loggedTestAccuracy(run, checkpoint.step),
    checkpoint,
    version,
  });
}

interface Described {
  readonly model: LayersModel;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly description: string;
  readonly testAccuracy?: number | undefined;
  readonly checkpoint: LoadedCheckpoint;
  readonly version: string;
}

function describeModel({
  checkpoint,
  version,
  description,
  testAccuracy,
  ...rest
}: Described): ExportedModel {
  const { kind, step, config } = checkpoint;
  return {
    ...rest,
    metadata: {
      mixgan: version,
      description,
      kind,
      step: String(step),
      config: JSON.stringify(config),
      ...(testAccuracy === undefined ? {} : { testAccuracy: String(testAccuracy) }),
    },
  };
}

interface Port {
  readonly name: string;
  readonly dtype: 'float32';
  readonly shape: readonly (number | 'batch')[];
}

const port = (name: string, shape: readonly (number | null)[]): Port => ({
  name,
  dtype: 'float32',
  shape: shape.map((length) => length ?? 'batch'),
});

const describe = ({ name, shape }: Port): string => `${name} [${shape.join(', ')}]`;
