/** What other families are judged by. */
import type { DatasetSplits } from '../src/data/dataset.js';
import type { Engine } from '../src/engine/engine.js';
import type { Judges } from '../src/scores/judges.js';
import type { DataExtractorsOptions } from './data-extractors.js';
import {
  bundledExtractors,
  type Extractor,
  openBundledExtractor,
  openExtractorFile,
} from './extractors.js';

/** Whom other families ask what their images look like. */
export const judges = {
  forDigits: bundledExtractors,
  open: async (engine: Engine, name: string): Promise<Extractor> => {
    const bundled = bundledExtractors.find((known) => known === name);
    return bundled === undefined
      ? openExtractorFile(engine, name)
      : openBundledExtractor(engine, bundled);
  },
  ofData: async (
    engine: () => Promise<Engine>,
    data: DatasetSplits,
    options: DataExtractorsOptions,
  ): Promise<readonly Extractor[] | undefined> => {
    const { openDataExtractors } = await import('./data-extractors.js');
    return openDataExtractors(engine, data, options);
  },
  featureNetwork: async (...given: Parameters<Judges['featureNetwork']>) => {
    const { trainFeatureNetwork } = await import('./feature-network.js');
    return trainFeatureNetwork(...given);
  },
};
