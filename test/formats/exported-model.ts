import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { ExportedModel } from '../../src/formats/exported-model.js';
import { modelVariables } from '../../src/train/variables.js';
import { assignInitialWeights } from '../golden/formula.js';

export const metadata = {
  mixgan: '1.2.3',
  description: 'From one thing to another',
  kind: 'classifier',
  step: '7',
  config: '{"preset":"tiny"}',
} as const;

export const sizes = { patch: 4, channels: 6, tokenDim: 5, channelDim: 7, numBlocks: 1 };
export const stage = { channels: 6, numBlocks: 1, tokenDim: 5, channelDim: 7 };

/** A model ready for export, no weight of it zero. */
export function exportedModel(
  model: LayersModel,
  ports: Pick<ExportedModel, 'inputs' | 'output'> = { inputs: ['image'], output: 'logits' },
): ExportedModel {
  assignInitialWeights(modelVariables(model, 'model'));
  return { model, ...ports, metadata };
}
