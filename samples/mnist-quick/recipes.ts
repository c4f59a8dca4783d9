/** What is raced against what: the preset as it is, as it was before 0.3.0, and the DCGAN. */
import type { GanConfig } from '../../gan/config.js';
import { ganSettings } from '../../gan/settings.js';
import { changedConfig } from '../../src/config/resolve.js';

export interface Recipe {
  readonly name: string;
  readonly arch?: string;
  /** As for `--set`. */
  readonly changes: readonly string[];
  /** Steps from one score to the next: some twelve seconds on two idle cores. */
  readonly evaluateEvery: number;
}

export const recipes: readonly Recipe[] = [
  { name: 'mnist-quick', changes: [], evaluateEvery: 400 },
  {
    name: 'mnist-quick of 0.2.0',
    changes: [
      ...['steps=2600', 'batchSize=32', 'updates=alternating'],
      ...['generator.stages.0.numBlocks=2', 'generator.refineChannels=16'],
      ...['optimiser.generatorRate=1e-3', 'optimiser.discriminatorRate=1e-3'],
      'optimiser.finalShare=1',
    ],
    evaluateEvery: 130,
  },
  {
    name: 'DCGAN',
    arch: 'dcgan',
    // At the length of `mnist` its learning rates hardly fall within minutes.
    changes: ['steps=16600'],
    evaluateEvery: 200,
  },
];

/** @throws UsageError where there is no such recipe */
export function configOf({ arch, changes, evaluateEvery }: Recipe, seed: number): GanConfig {
  const often = [`pictureEvery=${evaluateEvery}`, `evaluateEvery=${evaluateEvery}`];
  return changedConfig(ganSettings, ganSettings.presets['mnist-quick']!, {
    ...(arch !== undefined && { arch }),
    changes: [...changes, `seed=${seed}`, ...often],
  });
}
