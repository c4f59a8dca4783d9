import { z } from 'zod';
import type { FamilyExport } from '../src/family/family.js';
import { toFlag } from './commands/flags.js';
import type { TranslationConfig } from './config.js';

const flags = z.strictObject(toFlag);

/** The averaged generator of one direction, with pixels of 0 … 255 as its input and its output. */
export const translationExport: FamilyExport<TranslationConfig, typeof flags> = {
  flags,
  async restore({ config, checkpoint: load }, { to }) {
    const [checkpoint, { restoreGenerator, taskOf }, { ofPixels }] = await Promise.all([
      load(),
      import('./checkpoint.js'),
      import('./of-pixels.js'),
    ]);
    const { domainNames } = taskOf(checkpoint);
    const [from, into] = to === 'b' ? domainNames : domainNames.toReversed();
    return {
      model: ofPixels(restoreGenerator(config, checkpoint, to, true)),
      inputs: ['image'],
      output: 'translated',
      description: `From images of ${from} to images of ${into}, pixels of 0 ... 255 both`,
      checkpoint,
    };
  },
};
