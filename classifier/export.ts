import { z } from 'zod';
import { UsageError } from '../src/errors.js';
import type { FamilyExport } from '../src/family/family.js';
import { bestFlag, which } from './commands/flags.js';
import { pixelsFlag } from './commands/import.js';
import type { ClassifierConfig } from './config.js';

const flags = z.strictObject({
  names: z.enum(['own', 'timm']).exactOptional().meta({
    description: 'names and layout of safetensors: own, or those of timm (Mixer, ResMLP, gMLP)',
    flag: 'NAME',
  }),
  ...pixelsFlag('what readers of npz and timm’s names will show to the model'),
  ...bestFlag,
});

export const classifierExport: FamilyExport<ClassifierConfig, typeof flags> = {
  flags,
  formats: ['npz'],
  async restore({ run, config, checkpoint: load }, { best }) {
    const [checkpoint, { loggedTestAccuracy, restoreClassifier }] = await Promise.all([
      load(which(best)),
      import('./checkpoint.js'),
    ]);
    return {
      model: restoreClassifier(config, checkpoint).model,
      inputs: ['image'],
      output: 'logits',
      description: 'From images of pixels in 0 ... 255 to logits; softmax makes them probabilities',
      testAccuracy: run && (await loggedTestAccuracy(run, checkpoint.step)),
      checkpoint,
    };
  },
  check({ names, pixels }, format) {
    if (names !== undefined && format !== 'safetensors') {
      throw new UsageError(`--names ${names} is for --format safetensors, not for ${format}`);
    }
    if (pixels !== undefined && format !== 'npz' && names !== 'timm') {
      throw new UsageError(`--pixels ${pixels} is for --format npz and --names timm`);
    }
  },
  async write({ config: { model } }, exported, { names, pixels: scale }, { format, out }, say) {
    if (format !== 'npz' && names !== 'timm') return undefined;
    const { arch } = model;
    const [{ writeForeign }, { storedTask }] = await Promise.all([
      import('../src/formats/foreign/write.js'),
      import('./checkpoint.js'),
    ]);
    const { normalisation } = storedTask(exported.checkpoint);
    const naming = format === 'npz' ? 'flax' : 'timm';
    const pixels = scale ?? (arch === 'resmlp' ? 'imagenet' : 'half');
    const stem = ('stem' in model ? model.stem : undefined) ?? 'patch';
    const foreign = { naming, arch, stem, pixels, normalisation } as const;
    const files = await writeForeign(out, exported, foreign);
    const gelu = 'gelu' in model ? model.gelu : 'erf';
    const usual = naming === 'flax' ? 'tanh' : 'erf';
    if (gelu !== usual) {
      say(
        `note: the model's GELU is the ${gelu} form, that of most readers of such files the ${usual} form`,
      );
    }
    return files;
  },
};
