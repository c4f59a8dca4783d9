import { beforeAll, describe, expect, it } from 'vitest';
import { evaluateClassifier } from '../../classifier/evaluate.js';
import { bundledExtractors, openBundledExtractor } from '../../classifier/extractors.js';
import { loadDataset } from '../../src/data/load.js';
import type { Engine } from '../../src/engine/engine.js';
import { openEngine } from '../../src/engine/open.js';

let engine: Engine;
beforeAll(async () => {
  ({ engine } = await openEngine('auto'));
});

describe.each(bundledExtractors)('%s', (name) => {
  it('recognises as many of the held-out digits as it says', async () => {
    const extractor = await openBundledExtractor(engine, name);
    expect(extractor).toMatchObject({ name, dim: 64 });
    expect(extractor.task).toEqual({ imageShape: [28, 28, 1], classNames: [...'0123456789'] });
    const { test } = await loadDataset('mnist');
    expect(test.count).toBe(2000);
    const predict = async (images: Uint8Array) => (await extractor.extract(images)).probabilities;
    const { accuracy } = await evaluateClassifier(predict, test);
    expect(extractor.testAccuracy).toBeGreaterThanOrEqual(0.98);
    expect(accuracy).toBeGreaterThanOrEqual(extractor.testAccuracy! - 0.002);
    expect(accuracy).toBeLessThanOrEqual(extractor.testAccuracy! + 0.002);
  }, 60_000);

  it('has features that nearly all tell digits apart', async () => {
    const { extract, dim } = await openBundledExtractor(engine, name);
    const { test } = await loadDataset('mnist');
    const count = 500;
    const { values } = (await extract(test.images.subarray(0, count * 784))).features;
    const variances = Array.from({ length: dim }, (_, d) => {
      const column = Array.from({ length: count }, (_, n) => values[n * dim + d]!);
      const mean = column.reduce((a, b) => a + b) / count;
      return column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count;
    });
    const alive = variances.filter((variance) => variance > 1e-3).length;
    expect(alive).toBeGreaterThanOrEqual((7 / 8) * dim);
  });
});
