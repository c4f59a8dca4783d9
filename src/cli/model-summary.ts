/**
 * Any configuration's models, listed without allocating them.
 */
import type { ClassifierConfig } from '../../classifier/config.js';
import { buildClassifierModel } from '../../classifier/model.js';
import type { GanConfig } from '../../gan/config.js';
import { discriminatorOf, generatorOf } from '../../gan/players.js';
import { withAbstractModel } from '../mixer/abstract.js';
import { type ModelSummary, summarise } from '../mixer/summary.js';

export interface InputShape {
  /** [H, W, C] */
  readonly imageShape: readonly [number, number, number];
  readonly numClasses: number;
}

/**
 * A classifier's layers; for a GAN both models' layers, under the models' names.
 * @throws UsageError when the model does not fit the images
 */
export function summariseConfig(
  config: ClassifierConfig | GanConfig,
  { imageShape, numClasses }: InputShape,
): ModelSummary {
  if (config.kind === 'classifier') {
    return withAbstractModel(
      (init) => buildClassifierModel(config, { imageShape, numClasses }, init),
      summarise,
    );
  }
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
