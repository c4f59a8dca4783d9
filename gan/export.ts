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
    // Told for files that hold weights alone: in the others the model does it.
    const { temperature } = config;
    const warmed = temperature === 1 ? '' : `, multiplied by ${temperature} first,`;
    const isConditional = conditions !== undefined;
    return {
      model: generator,
      inputs: isConditional ? ['latent', 'label'] : ['latent'],
      output: 'image',
      description: `From standard normal latents${warmed}${isConditional ? ' and one-hot labels' : ''} to images in -1 ... 1`,
      checkpoint,
    };
  },
};
