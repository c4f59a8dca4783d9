import { z } from 'zod';
import type { FamilyExport } from '../src/family/family.js';
import type { GanConfig } from './config.js';

const flags = z.strictObject({});

/** The averaged generator. */
export const ganExport: FamilyExport<GanConfig, typeof flags> = {
  flags,
  async restore({ config, checkpoint: load }) {
    const [checkpoint, { restoreGenerator }] = await Promise.all([
      load(),
      import('./checkpoint.js'),
    ]);
    const { generator, conditions } = restoreGenerator(config, checkpoint);
    const isConditional = conditions !== undefined;
    return {
      model: generator,
      inputs: isConditional ? ['latent', 'label'] : ['latent'],
      output: 'image',
      description: `From standard normal latents${isConditional ? ' and one-hot labels' : ''} to images in -1 ... 1`,
      checkpoint,
    };
  },
};
