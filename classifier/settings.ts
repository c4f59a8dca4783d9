import { z } from 'zod';
import { UsageError } from '../src/errors.js';
import type { FamilySettings } from '../src/family/family.js';
import { defaultModels } from './architectures/configs.js';
import { type ClassifierConfig, classifierConfigSchema } from './config.js';
import { classifierPresets } from './presets.js';

const flags = z.strictObject({
  finetune: z.string().min(1).exactOptional().meta({
    description:
      'start from the weights, and with the model, of this classifier: a run, or its .safetensors',
    flag: 'PATH',
  }),
  newHead: z
    .boolean()
    .exactOptional()
    .describe('with --finetune: a new head, although classes are the same'),
});

export const classifierSettings: FamilySettings<ClassifierConfig> = {
  kind: 'classifier',
  schema: classifierConfigSchema,
  presets: classifierPresets,
  defaultPreset: 'digits-quick',
  variants: {
    description:
      'this architecture in place of the preset’s, at sizes of its own: about equal numbers of parameters on digits',
    key: 'model.arch',
    changes: Object.fromEntries(
      Object.entries(defaultModels).map(([arch, model]) => [arch, { model }]),
    ),
  },
  flags,
  async start(preset, given, arch) {
    const { finetune: checkpoint, newHead } = flags.parse(given);
    if (checkpoint === undefined) {
      if (newHead !== undefined) throw new UsageError('--new-head goes with --finetune PATH');
      return preset;
    }
    if (arch !== undefined) {
      throw new UsageError(
        `--finetune trains the architecture of ${checkpoint} and cannot be combined with --arch`,
      );
    }
    const { readClassifierConfig } = await import('./open.js');
    const { model } = await readClassifierConfig(checkpoint);
    return { ...preset, model, finetune: { checkpoint, newHead: newHead ?? false } };
  },
};
