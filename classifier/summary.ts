import type { ModelInput, NamedModel } from '../src/family/family.js';
import { withAbstractModel } from '../src/mixer/abstract.js';
import { type ModelSummary, summarise } from '../src/mixer/summary.js';
import { grouped } from '../src/text.js';
import { officialSizes } from './architectures/configs.js';
import { buildModel } from './architectures/registry.js';
import type { ClassifierConfig } from './config.js';
import { buildClassifierModel } from './model.js';
import { classifierPresets } from './presets.js';

/** What the presets see that train on the digits. */
const digits: ModelInput = { imageShape: [28, 28, 1], numClasses: 10 };

/** The presets, and the sizes of the literature. */
export function classifierModels(): NamedModel[] {
  const presets = Object.values(classifierPresets).map((config) => {
    const input: ModelInput = officialSizes[config.preset] ?? digits;
    return {
      name: config.preset,
      what: describe(input),
      summary: () => summariseClassifier(config, input),
    };
  });
  const names = new Set(presets.map(({ name }) => name));
  const published = Object.entries(officialSizes).filter(([name]) => !names.has(name));
  return [
    ...presets,
    ...published.map(([name, { model, ...sizes }]) => ({
      name,
      what: describe(sizes),
      summary: () => withAbstractModel((init) => buildModel(model, sizes, { init }), summarise),
    })),
  ];
}

const describe = ({ imageShape, numClasses }: ModelInput): string =>
  `classifier, ${imageShape.join('×')}, ${grouped(numClasses)} classes`;

/**
 * A classifier's layers, without allocating them.
 * @throws UsageError when the model does not fit the images
 */
export const summariseClassifier = (config: ClassifierConfig, input: ModelInput): ModelSummary =>
  withAbstractModel((init) => buildClassifierModel(config, input, init), summarise);
