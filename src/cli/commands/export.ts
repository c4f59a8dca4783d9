import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { ModelConfig } from '../../../classifier/architectures/registry.js';
import { loggedTestAccuracy, restoreClassifier } from '../../../classifier/checkpoint.js';
import { restoreGenerator } from '../../../gan/checkpoint.js';
import type { Normalisation } from '../../data/normalisation.js';
import { openEngine } from '../../engine/open.js';
import { UsageError } from '../../errors.js';
import type { ExportedModel, ExportFormat } from '../../formats/exported-model.js';
import type { PixelScale } from '../../formats/foreign/pixels.js';
import { writeForeign } from '../../formats/foreign/write.js';
import { writeModelFile } from '../../formats/model-file.js';
import { writeOnnx } from '../../formats/onnx/onnx.js';
import { writeTfjs } from '../../formats/tfjs/tfjs.js';
import type { LoadedCheckpoint } from '../../train/checkpoint.js';
import { report } from '../output.js';
import { type BestFlag, kindOfRun, openClassifierRun, openGanRun } from '../runs.js';

export interface ExportFlags {
  readonly format: ExportFormat;
  readonly out: string;
  /** For classifiers. */
  readonly best?: boolean;
  /** For safetensors. */
  readonly names?: 'own' | 'timm';
  /** For the names of others. */
  readonly pixels?: PixelScale;
  readonly json?: boolean;
}

const writers = { onnx: writeOnnx, tfjs: writeTfjs, safetensors: writeModelFile } as const;

/**
 * `mixgan export RUN`
 * @param version of this package, for the files
 */
export async function exportRun(path: string, flags: ExportFlags, version: string): Promise<void> {
  const { format, out } = flags;
  requireCombination(flags);
  // Nothing is computed, and this one is everywhere.
  await openEngine('cpu');
  const { exported, classifier } = await restoreModel(path, flags, version);
  const files =
    format === 'npz' || flags.names === 'timm'
      ? await writeUnderOtherNames(path, flags, exported, classifier)
      : await writers[format](out, exported);

  const { model, output } = exported;
  const inputs = exported.inputs.map((name, i) => port(name, model.inputs[i]!.shape));
  const outputs = [port(output, model.outputs[0]!.shape)];
  report(flags.json, { run: path, format, files, inputs, outputs }, () =>
    [...files, `${inputs.map(describe).join(', ')} → ${outputs.map(describe)}`].join('\n'),
  );
}

/** @throws UsageError when a flag would be without effect */
function requireCombination({ format, names, pixels }: ExportFlags): void {
  if (names !== undefined && format !== 'safetensors') {
    throw new UsageError(`--names ${names} is for --format safetensors, not for ${format}`);
  }
  if (pixels !== undefined && format !== 'npz' && names !== 'timm') {
    throw new UsageError(`--pixels ${pixels} is for --format npz and --names timm`);
  }
}

async function writeUnderOtherNames(
  path: string,
  flags: ExportFlags,
  exported: ExportedModel,
  classifier: ExportedClassifier | undefined,
): Promise<string[]> {
  if (classifier === undefined) {
    throw new UsageError(`${path} is a GAN, whose generator has no names elsewhere`);
  }
  const { model, normalisation } = classifier;
  const { arch } = model;
  const naming = flags.format === 'npz' ? 'flax' : 'timm';
  const pixels = flags.pixels ?? (arch === 'resmlp' ? 'imagenet' : 'half');
  const files = await writeForeign(flags.out, exported, { naming, arch, pixels, normalisation });
  const [gelu, usual] = ['gelu' in model ? model.gelu : 'erf', naming === 'flax' ? 'tanh' : 'erf'];
  if (gelu !== usual) {
    process.stderr.write(
      `note: the model's GELU is the ${gelu} form, that of most readers of such files the ${usual} form\n`,
    );
  }
  return files;
}

/** What is known of a classifier besides its weights. */
interface ExportedClassifier {
  readonly model: ModelConfig;
  readonly normalisation: Normalisation | undefined;
}

/** The model of a run's checkpoint: a classifier, or the averaged generator of a GAN. */
async function restoreModel(
  path: string,
  flags: BestFlag,
  version: string,
): Promise<{ exported: ExportedModel; classifier?: ExportedClassifier }> {
  if ((await kindOfRun(path)) === 'gan') {
    if (flags.best !== undefined) {
      throw new UsageError(`--best is for runs of a classifier, and ${path} is one of a GAN`);
    }
    const { config, checkpoint } = await openGanRun(path);
    const { generator, classNames } = restoreGenerator(config, checkpoint);
    const isConditional = classNames !== undefined;
    const exported = describeModel({
      model: generator,
      inputs: isConditional ? ['latent', 'label'] : ['latent'],
      output: 'image',
      description: `From standard normal latents${isConditional ? ' and one-hot labels' : ''} to images in -1 ... 1`,
      checkpoint,
      version,
    });
    return { exported };
  }
  const { run, config, checkpoint } = await openClassifierRun(path, flags);
  const { model, task } = restoreClassifier(config, checkpoint);
  const { normalisation } = task;
  const normalised = normalisation
    ? `, normalised as (x - mean) / std with mean ${normalisation.mean.join(', ')} and std ${normalisation.std.join(', ')} of the channels,`
    : '';
  const exported = describeModel({
    model,
    inputs: ['image'],
    output: 'logits',
    description: `From images in -1 ... 1${normalised} to logits; softmax makes them probabilities`,
    testAccuracy: await loggedTestAccuracy(run, checkpoint.step),
    checkpoint,
    version,
  });
  return { exported, classifier: { model: config.model, normalisation } };
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
