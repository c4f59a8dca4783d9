import { z } from 'zod';
import { wholeNumber } from '../../src/config/numbers.js';
import type { RunCommand } from '../../src/family/family.js';
import { dataFlag, outFlag, seedFlag } from '../../src/family/flags.js';
import type { TranslationConfig } from '../config.js';

const flags = z.strictObject({
  ...dataFlag,
  rows: wholeNumber(1, 1000)
    .default(10)
    .describe('of a translation: how many held-out images of each domain'),
  ...seedFlag,
  out: outFlag('FILE.png', '.png').default('samples.png'),
});

/** `mixgan sample RUN`: held-out images, what becomes of them, and what of that. */
export const sample: RunCommand<TranslationConfig, typeof flags> = {
  flags,
  computes: true,
  async run({ config, checkpoint: load }, { data, rows, seed, out }, context) {
    const [{ openTranslators }, { loadDomains }, { domainsOf }, pictures, { writePng }] =
      await Promise.all([
        import('../open.js'),
        import('../data/load.js'),
        import('../domains.js'),
        import('../pictures.js'),
        import('../../src/image/png.js'),
      ]);
    const checkpoint = await load();
    const { say } = context;
    const options = { imageSize: config.imageSize, say };
    const { test } = await loadDomains(data ?? config.data, options);
    const engine = await context.engine();
    const translators = openTranslators(engine, config, checkpoint, test);
    const domains = domainsOf(test);
    const shown = pictures.shownImages(domains, rows, seed);
    await writePng(out, await pictures.pictureOfTranslations(shown, domains.a, translators));
    const document = { file: out, rows, seed, step: checkpoint.step, domains: test.classNames };
    return { document, text: () => out };
  },
};
