import { type GanConfig, players } from './config.js';

const base: Omit<GanConfig, 'preset' | 'steps'> = {
  kind: 'gan',
  data: 'mnist',
  seed: 0,
  // Twice the updates in the same time serve better than twice the images in each.
  batchSize: 32,
  conditional: false,
  attributes: [],
  recognitionWeight: 0,
  ...players.mixer,
  // The paired loss never ran away in trials; the others did at times.
  loss: 'relativistic',
  updates: 'alternating',
  // Half as often, or a third as firm, and some trainings collapse or stay rough.
  penalty: { kind: 'r1+r2', gamma: 1, finalShare: 1, every: 8 },
  augmentation: { translatePixels: 0, scale: 0, cutoutPixels: 0 },
  optimiser: {
    generatorRate: 1e-3,
    discriminatorRate: 1e-3,
    finalShare: 0.1,
    warmupSteps: 0,
    beta1: 0.5,
    beta2: 0.99,
  },
  emaDecay: 0.998,
  temperature: 1,
  // A multiple of penalty.every, so that every line of metrics has the penalty in it.
  logEvery: 32,
  pictureEvery: 200,
  saveEvery: 400,
  evaluateEvery: 0,
};

/**
 * What `--arch dcgan` replaces of a preset: the convolutional baseline, trained as suits it. Of the
 * variants tried (samples/README.md) this one scored best at equal time.
 */
export const dcganRecipe: Pick<
  GanConfig,
  | 'batchSize'
  | 'generator'
  | 'discriminator'
  | 'loss'
  | 'updates'
  | 'penalty'
  | 'augmentation'
  | 'optimiser'
  | 'emaDecay'
> = {
  // Its batch statistics suffer from smaller ones.
  batchSize: 64,
  ...players.dcgan,
  loss: 'relativistic',
  updates: 'alternating',
  penalty: { kind: 'r1+r2', gamma: 1, finalShare: 1, every: 8 },
  augmentation: base.augmentation,
  optimiser: base.optimiser,
  emaDecay: 0.998,
};

/** What longer trainings have in common. */
const long = {
  batchSize: 16,
  updates: 'together',
  optimiser: { ...base.optimiser, finalShare: 0.05 },
  pictureEvery: 1000,
  saveEvery: 1000,
} as const satisfies Partial<GanConfig>;

/** Stages of 28 × 28 pixels that mix tokens at 14 × 14 alone. */
const withoutCoarseBlocks = players.mixer.generator.stages.map((stage, i) =>
  i === 0 ? { ...stage, numBlocks: 0 } : stage,
);

/**
 * A generator for images of some side in pixels: from a grid of 8 × 8, a stage for each doubling, in whose
 * every one the latent has a say.
 */
const grown = (side: 32 | 64): GanConfig['generator'] => ({
  ...players.mixer.generator,
  latentDim: 96,
  styled: true,
  stages: [
    { channels: 96, numBlocks: 1, tokenDim: 64, channelDim: 192, branchGain: 1 },
    { channels: 64, numBlocks: 1, tokenDim: 128, channelDim: 128, branchGain: 0 },
    // At 32 × 32 tokens mixing would cost more than all the rest.
    ...(side === 64
      ? [{ channels: 32, numBlocks: 0, tokenDim: 64, channelDim: 64, branchGain: 0 }]
      : []),
  ],
});

/** By name, from the shortest to the longest. */
export const ganPresets: Readonly<Record<string, GanConfig>> = {
  'mnist-quick': {
    ...base,
    preset: 'mnist-quick',
    steps: 5000,
    // So short a training is short of updates, not of images: small batches, both players at once,
    // and none of the layers that show in the end alone.
    batchSize: 16,
    updates: 'together',
    generator: {
      ...players.mixer.generator,
      stages: withoutCoarseBlocks,
      refineChannels: 0,
    },
    // Twice the rate comes as far in half the steps, and there is no time to slow down: the moving
    // average does the smoothing.
    optimiser: { ...base.optimiser, generatorRate: 2e-3, discriminatorRate: 2e-3, finalShare: 1 },
    // A tenth nearer to real digits. Told classes, it draws 3% of them wrongly then, and 4% at 1.2.
    temperature: 1.1,
  },
  // With a single block in each player there is time for more steps; the lighter penalty leaves room for rarer
  // digits.
  mnist: {
    ...base,
    preset: 'mnist',
    steps: 28_000,
    generator: { ...players.mixer.generator, stages: withoutCoarseBlocks },
    discriminator: { ...players.mixer.discriminator, numBlocks: 1 },
    penalty: { ...base.penalty, gamma: 0.4 },
    pictureEvery: 1000,
    saveEvery: 1000,
  },
  // Surest of one class, at the price of some variety; with a score now and then that shows whether it still
  // helps.
  'mnist-best': {
    ...base,
    preset: 'mnist-best',
    steps: 30_000,
    pictureEvery: 5000,
    saveEvery: 2000,
    evaluateEvery: 5000,
  },
  // No convolution but the transposed ones. Patches overlap, at both resolutions: with those that share no
  // pixels strokes stay ragged, or all collapses.
  'mnist-pure': {
    ...base,
    ...long,
    preset: 'mnist-pure',
    steps: 28_000,
    generator: {
      ...players.mixer.generator,
      stages: withoutCoarseBlocks,
      styled: true,
      refineChannels: 0,
    },
    discriminator: {
      ...players.mixer.discriminator,
      stages: [
        {
          stem: 'overlap',
          patch: 2,
          channels: 32,
          numBlocks: 1,
          tokenDim: 98,
          channelDim: 64,
        },
      ],
      stem: 'overlap',
      patch: 2,
      numBlocks: 1,
    },
  },
  // What a sleeve is, a discriminator is long in finding out from fakes: this one looks with the eyes of a
  // classifier, too, and what it sees takes a wider generator to draw.
  fashion: {
    ...base,
    ...long,
    preset: 'fashion',
    data: 'fashion',
    steps: 40_000,
    generator: {
      ...players.mixer.generator,
      stages: [
        { channels: 96, numBlocks: 0, tokenDim: 64, channelDim: 128, branchGain: 1 },
        { channels: 64, numBlocks: 1, tokenDim: 98, channelDim: 128, branchGain: 0 },
      ],
      styled: true,
      refineChannels: 32,
    },
    discriminator: {
      ...players.mixer.discriminator,
      numBlocks: 1,
      featureNetwork: { channels: [16, 32, 64], features: 64, steps: 6000 },
    },
    // With 1 it learns somewhat slower.
    penalty: { ...base.penalty, gamma: 0.3 },
  },
  // Told what it is to draw, a generator has less to find out by itself.
  faces: {
    ...base,
    ...long,
    preset: 'faces',
    data: 'faces',
    imageSize: 32,
    conditional: true,
    attributes: ['hair', 'hairColor', 'skinColor', 'glasses', 'hat'],
    // Six browns differ in little: without it every seventh hair is drawn in another.
    recognitionWeight: 1,
    steps: 22_000,
    generator: grown(32),
    discriminator: { ...players.mixer.discriminator, channels: 96, channelDim: 192 },
  },
  'faces-64': {
    ...base,
    ...long,
    preset: 'faces-64',
    data: 'faces',
    imageSize: 64,
    conditional: true,
    attributes: ['hair', 'hairColor', 'skinColor', 'glasses', 'hat'],
    recognitionWeight: 1,
    steps: 10_000,
    generator: grown(64),
    discriminator: { ...players.mixer.discriminator, patch: 8, channels: 96, channelDim: 192 },
  },
  // CIFAR-10 as the user brings it: 50,000 photographs, of which a discriminator soon knows the most.
  'cifar10-gan': {
    ...base,
    ...long,
    preset: 'cifar10-gan',
    data: 'cifar-10-batches-bin',
    conditional: true,
    steps: 30_000,
    generator: grown(32),
    discriminator: { ...players.mixer.discriminator, channels: 96, channelDim: 192 },
    augmentation: { translatePixels: 4, scale: 0, cutoutPixels: 0 },
  },
};
