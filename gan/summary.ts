import type { ModelInput, NamedModel } from '../src/family/family.js';
import { withAbstractModel } from '../src/mixer/abstract.js';
import { type ModelSummary, summarise } from '../src/mixer/summary.js';
import type { GanConfig } from './config.js';
import { discriminatorOf, generatorOf } from './players.js';
import { ganPresets } from './presets.js';

/** Of the data of the presets: what its images are, and how many classes, or values, they are told by. */
const inputs: Readonly<Record<string, ModelInput>> = {
  mnist: { imageShape: [28, 28, 1], numClasses: 10 },
  fashion: { imageShape: [28, 28, 1], numClasses: 10 },
  faces: { imageShape: [32, 32, 3], numClasses: 90 },
  'cifar-10-batches-bin': { imageShape: [32, 32, 3], numClasses: 10 },
};

/** What a preset sees. */
function inputOf({ data, imageSize }: GanConfig): ModelInput {
  const { imageShape, numClasses } = inputs[data]!;
  const [height, width, channels] = imageShape;
  return { imageShape: [imageSize ?? height, imageSize ?? width, channels], numClasses };
}

export const ganModels = (): NamedModel[] =>
  Object.values(ganPresets).map((config) => ({
    name: config.preset,
    what: `GAN, ${inputOf(config).imageShape.join('×')}`,
    summary: () => summariseGan(config, inputOf(config)),
  }));

/**
 * Both models' layers, under the models' names, without allocating them.
 * @throws UsageError when a model does not fit the images
 */
export function summariseGan(
  config: GanConfig,
  { imageShape, numClasses }: ModelInput,
): ModelSummary {
  const classes = config.conditional ? numClasses : undefined;
  const models = [
    withAbstractModel(
      (init) => generatorOf(config.generator, imageShape, { init, numClasses: classes }),
      (model) => prefixed('generator', summarise(model)),
    ),
    withAbstractModel(
      (init) => discriminatorOf(config.discriminator, imageShape, { init, numClasses: classes }),
      (model) => prefixed('discriminator', summarise(model)),
    ),
  ];
  const total = (key: 'parameters' | 'trainable' | 'flops'): number =>
    models.reduce((sum, model) => sum + model[key], 0);
  return {
    inputShapes: models.flatMap((model) => model.inputShapes),
    parameters: total('parameters'),
    trainable: total('trainable'),
    flops: total('flops'),
    layers: models.flatMap((model) => model.layers),
  };
}

function prefixed(name: string, summary: ModelSummary): ModelSummary {
  const layers = summary.layers.map((layer) => ({ ...layer, name: `${name}/${layer.name}` }));
  return { ...summary, layers };
}
