import { totalmem } from 'node:os';
import { describe, expect, it } from 'vitest';
import { classifierPresets } from '../../classifier/presets.js';
import { classifierTraining } from '../../classifier/training.js';
import { ganPresets } from '../../gan/presets.js';
import { trainingOf as ganTraining } from '../../gan/training.js';
import type { ImageDataset } from '../../src/data/dataset.js';
import { UsageError } from '../../src/errors.js';
import { requireFeasible } from '../../src/family/estimate.js';
import type { Training } from '../../src/family/family.js';

const images: ImageDataset = {
  ...{ name: 'digits', count: 2, height: 28, width: 28, channels: 1 },
  ...{ images: new Uint8Array(2 * 784), labels: Uint8Array.of(0, 1), classNames: ['0', '1'] },
};
const preset = classifierPresets['digits-quick']!;
const remarks = (config: typeof preset) => requireFeasible(classifierTraining, config, images);

describe('what a training will take', () => {
  it.each(['onnx', 'cpu'] as const)('is nothing to tell of for a preset on %s', (engine) => {
    expect(remarks({ ...preset, batchSize: 8 })(engine)).toEqual([]);
    const gan = { ...ganTraining, train: () => Promise.reject(new Error()) } as Training<
      (typeof ganPresets)['mnist-quick'] & object
    >;
    expect(requireFeasible(gan, ganPresets['mnist-quick']!, images)('onnx')).toEqual([]);
  });

  it('is told where a step takes minutes, and how such a step ends', () => {
    const [line, ...others] = remarks({ ...preset, accumulate: 4096 })('cpu');
    expect(others).toEqual([]);
    expect(line).toMatch(
      /^a step will take [\d,]+ (minutes?|hours?) or more: 4,096 × \d+ images; Ctrl-C waits for its end, a second Ctrl-C for that of a batch/,
    );
  });

  it('is told where a step takes more memory than there is', () => {
    const wide = { ...preset.model, stem: 'patch', channels: 65_536 } as typeof preset.model;
    const lines = remarks({ ...preset, batchSize: 65_536, model: wide })('onnx');
    expect(lines[0]).toMatch(
      /^a step may take [\d,]+ GiB, and this machine has [\d,.]+ GiB: 65,536 images at a time; a smaller batchSize or model takes less$/,
    );
  });

  it('is refused where one image takes more memory than there is', () => {
    const side = Math.ceil(Math.sqrt(totalmem() / 4));
    const layers = [{ outputShape: [null, side, side, 1] }, { outputShape: [null, side] }];
    const summarise = () => ({ ...{ parameters: 1, flops: 1, trainable: 1 }, layers });
    const training = { ...classifierTraining, summarise } as unknown as typeof classifierTraining;
    const attempt = () => requireFeasible(training, preset, images);
    expect(attempt).toThrow(UsageError);
    expect(attempt).toThrow(/^one image alone takes [\d,]+ GiB on its way through this model/);
  });
});
