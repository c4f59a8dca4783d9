import type { ImageDataset } from '../src/data/dataset.js';
import type { Training } from '../src/family/family.js';
import type { TranslationConfig } from './config.js';
import { loadDomains } from './data/load.js';
import { imageShapeOf, numClassesOf, requireDomains } from './domains.js';
import { summariseTranslation } from './summary.js';
import { trainTranslation } from './train.js';

export const translationTraining: Training<TranslationConfig> = {
  load: ({ data, imageSize }, { say }) => loadDomains(data, { imageSize, say }),
  input: (config, images: ImageDataset) => ({
    imageShape: imageShapeOf(images),
    numClasses: numClassesOf(config, images) ?? 0,
  }),
  summarise: summariseTranslation,
  // Weights, gradients and two moments; of the generators an average as well.
  copies: () => 5,
  shares: true,
  // Each image goes through the generator of its domain's translation, of its way back, and of its identity.
  batches: ({ batchSize, identityWeight }) => ({
    images: batchSize,
    passes: identityWeight > 0 ? 3 : 2,
  }),
  async check(_config, { train, test }) {
    requireDomains(train);
    requireDomains(test);
    return [];
  },
  train: async (config, data, { begin }) => trainTranslation({ ...(await begin()), config, data }),
  describe: (_result, run) =>
    `pictures: ${run}/fakes-*.png (A, to B, back; B, to A, back); more: mixgan translate ${run} FILE… --to b`,
};
