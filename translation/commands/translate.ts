import { basename, extname, join } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../../src/errors.js';
import type { RunCommand } from '../../src/family/family.js';
import { outFlag } from '../../src/family/flags.js';
import type { TranslationConfig } from '../config.js';
import { toFlag } from './flags.js';

const flags = z.strictObject({
  ...toFlag,
  out: outFlag('folder for the translated pictures, PNG of the names of the files').default(
    'translated',
  ),
});

/** Files that are read and translated at a time. */
const chunkSize = 64;

/** `mixgan translate RUN FILE…` */
export const translate: RunCommand<TranslationConfig, typeof flags> = {
  flags,
  computes: true,
  files: 'pictures to translate, PNG or JPEG',
  notes: `
Of each picture the middle part is taken, in the shape of the images that the run was trained on, and
resized to them. Transparent pictures are laid on white.`,
  async run({ config, checkpoint: load }, { to, out }, context, files) {
    const targets = targetsOf(files, out);
    const [
      { restoreGenerator, taskOf },
      { createTranslator, fromBytes },
      { readImage },
      { asOutputError, makeFolders },
      { toBytes },
      { writePng },
    ] = await Promise.all([
      import('../checkpoint.js'),
      import('../translate.js'),
      import('../../src/data/image-file.js'),
      import('../../src/files.js'),
      import('../../src/image/grid.js'),
      import('../../src/image/png.js'),
    ]);
    const checkpoint = await load();
    const { imageShape, domainNames } = taskOf(checkpoint);
    const [height, width] = imageShape;
    const channels = imageShape[2] === 1 ? 1 : 3;
    const format = { height, width, channels } as const;
    // Whatever cannot be read is told of before anything is written.
    const pictures: Uint8Array[] = [];
    for (const file of files) pictures.push(await readImage(file, format));
    const engine = await context.engine();
    const translator = createTranslator(engine, restoreGenerator(config, checkpoint, to));
    await makeFolders(out).catch((thrown: unknown) => {
      throw asOutputError(thrown, out);
    });
    const size = height * width * channels;
    for (let first = 0; first < pictures.length; first += chunkSize) {
      const some = pictures.slice(first, first + chunkSize);
      const translated = toBytes(await translator(fromBytes(Buffer.concat(some))));
      for (const i of some.keys()) {
        const pixels = translated.subarray(i * size, (i + 1) * size);
        await writePng(targets[first + i]!, { ...format, pixels });
      }
    }
    const into = domainNames[to === 'a' ? 0 : 1];
    const document = {
      ...{ to, domain: into, step: checkpoint.step, shape: [height, width, channels] },
      files: files.map((file, i) => ({ file, translated: targets[i]! })),
    };
    return { document, text: () => targets.join('\n') };
  },
};

/** @throws UsageError where two files would be written to one */
function targetsOf(files: readonly string[], out: string): string[] {
  const targets = files.map((file) => join(out, `${basename(file, extname(file))}.png`));
  const twice = targets.findIndex((target, i) => targets.indexOf(target) < i);
  if (twice < 0) return targets;
  const first = files[targets.indexOf(targets[twice]!)];
  throw new UsageError(
    `${first} and ${files[twice]} would both become ${targets[twice]}; translate one of them into another folder`,
  );
}
