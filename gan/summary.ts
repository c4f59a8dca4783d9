import type { ModelInput, NamedModel } from '../src/family/family.js';
import { withAbstractModel } from '../src/mixer/abstract.js';
import { type ModelSummary, summarise } from '../src/mixer/summary.js';
import type { GanConfig } from './config.js';
import { discriminatorOf, generatorOf } from './players.js';
import { ganPresets } from './presets.js';

/** What the presets see. */
const digits: ModelInput = { imageShape: [28, 28, 1], numClasses: 10 };

export const ganModels = (): NamedModel[] =>
  Object.values(ganPresets).map((config) => ({
    name: config.preset,
    what: `GAN, ${digits.imageShape.join('×')}`,
    summary: () => summariseGan(config, digits),
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
