import type { GanConfig } from './config.js';

const base: Omit<GanConfig, 'preset' | 'steps'> = {
  kind: 'gan',
  data: 'mnist',
  seed: 0,
  batchSize: 64,
  generator: {
    latentDim: 64,
    stages: [
      { channels: 64, numBlocks: 2, tokenDim: 64, channelDim: 128, branchGain: 1 },
      { channels: 32, numBlocks: 1, tokenDim: 98, channelDim: 64, branchGain: 0 },
    ],
    // Overlapping kernels: with kernels as wide as their stride the pictures stay speckled.
    upsamplingKernel: 4,
  },
  discriminator: {
    // Dense token mixing has no notion of locality; a few convolutions give it one.
    stem: 'conv',
    patch: 4,
    channels: 64,
    numBlocks: 2,
    tokenDim: 64,
    channelDim: 128,
  },
  // The paired loss never ran away in trials; the others did at times.
  loss: 'relativistic',
  penalty: { kind: 'r1+r2', gamma: 1, every: 8 },
  optimiser: {
    generatorRate: 1e-3,
    discriminatorRate: 1e-3,
    finalShare: 0.1,
    warmupSteps: 0,
    beta1: 0.5,
    beta2: 0.99,
  },
  emaDecay: 0.995,
  // A multiple of penalty.every, so that every line of metrics has the penalty in it.
  logEvery: 16,
  pictureEvery: 100,
  saveEvery: 200,
};

/** By name, from the shortest to the longest. */
export const ganPresets: Readonly<Record<string, GanConfig>> = {
  'mnist-quick': { ...base, preset: 'mnist-quick', steps: 1300 },
  mnist: { ...base, preset: 'mnist', steps: 6000, emaDecay: 0.999, pictureEvery: 250 },
};
