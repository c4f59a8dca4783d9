import type { ModelInput, NamedModel } from '../src/family/family.js';
import { withAbstractModel } from '../src/mixer/abstract.js';
import { type ModelSummary, summarise } from '../src/mixer/summary.js';
import type { TranslationConfig } from './config.js';
import { discriminatorOf, generatorOf } from './players.js';
import { translationPresets } from './presets.js';

export const translationModels = (): NamedModel[] =>
  Object.values(translationPresets).map((config) => {
    const side = config.imageSize!;
    const isOfDigits = config.data.startsWith('digits:');
    const channels = isOfDigits ? 1 : 3;
    const numClasses = isOfDigits ? 10 : 0;
    const imageShape = [side, side, channels] as const;
    return {
      name: config.preset,
      what: `translation, ${imageShape.join('×')}`,
      summary: () => summariseTranslation(config, { imageShape, numClasses }),
    };
  });

/**
 * All models' layers, under the models' names, without allocating them.
 * @throws UsageError when a model does not fit the images
 */
export function summariseTranslation(
  config: TranslationConfig,
  { imageShape, numClasses }: ModelInput,
): ModelSummary {
  const generator = (name: string): ModelSummary =>
    withAbstractModel(
      (init) => generatorOf(config.generator, imageShape, { init }),
      (model) => prefixed(name, summarise(model)),
    );
  const discriminator = (name: string): ModelSummary =>
    withAbstractModel(
      (init) =>
        discriminatorOf(config.discriminator, imageShape, {
          init,
          numClasses: numClasses || undefined,
        }),
      (model) => prefixed(name, summarise(model)),
    );
  const models = [
    generator('aToB'),
    generator('bToA'),
    discriminator('discriminatorA'),
    discriminator('discriminatorB'),
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
