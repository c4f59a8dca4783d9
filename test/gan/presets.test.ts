import { expect, it } from 'vitest';
import { ganConfigSchema } from '../../gan/config.js';
import { trainGan } from '../../gan/doors.js';
import { ganPresets } from '../../gan/presets.js';
import { ganModels } from '../../gan/summary.js';
import type { ImageDataset } from '../../src/data/dataset.js';
import { openEngine } from '../../src/engine/open.js';
import { RandomStream } from '../../src/random.js';

it.each(Object.entries(ganPresets))(
  '%s is a configuration whose models fit its images',
  (name, config) => {
    expect(ganConfigSchema.parse(config)).toEqual(config);
    const model = ganModels().find((one) => one.name === name)!;
    const { parameters, inputShapes } = model.summary();
    expect(parameters).toBeGreaterThan(100_000);
    expect(inputShapes.length).toBe(config.conditional ? 4 : 2);
  },
);

/** Blots of a colour for each class, of the shape of CIFAR-10, which is not on npm. */
function blots(name: string, count: number): ImageDataset {
  const random = RandomStream.fromSeed(0).split(name);
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 10);
  const images = Uint8Array.from({ length: count * 3072 }, (_, at) => {
    const [image, pixel] = [Math.floor(at / 3072), Math.floor(at / 3) % 1024];
    const isBlot = (pixel % 32) + pixel / 32 < 20 + labels[image]!;
    return (isBlot ? 25 * labels[image]! : 120) + random.integer(20);
  });
  const classNames = Array.from({ length: 10 }, (_, k) => `blot ${k}`);
  const shape = { height: 32, width: 32, channels: 3 };
  return { name, images, labels, count, ...shape, classNames };
}

it('cifar10-gan trains on pictures of the shape that it is for', async () => {
  const { kind: _, preset: __, ...recipe } = ganPresets['cifar10-gan']!;
  // So many that one of them takes the penalty.
  const config = { ...recipe, steps: recipe.penalty.every };
  const { engine } = await openEngine('auto');
  const data = { train: blots('blots train', 60), test: blots('blots test', 20) };
  const { outcome, metrics } = await trainGan({ data, engine, config });
  expect(outcome).toBe('finished');
  expect(metrics['discriminator.r1']).toBeGreaterThan(0);
  expect(metrics['generator.loss']).toBeGreaterThan(0);
});
