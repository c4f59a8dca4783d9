/** The MLP-MixGAN: `import { buildGenerator, … } from 'mixgan/gan'`. */
export { restoreGenerator } from './checkpoint.js';
export { type GanConfig, ganConfigSchema } from './config.js';
export { buildDiscriminator, type DiscriminatorConfig, type StemKind } from './discriminator.js';
export { Gan, type ImageShape, imageShapeOf } from './gan.js';
export { buildGenerator, type GeneratorConfig, type GeneratorStage } from './generator.js';
export { type AdversarialLoss, adversarialLosses, type LossName } from './losses.js';
export { type PenaltyKind, squaredImageGradients } from './penalty.js';
export { ganPresets } from './presets.js';
export { createSampler, drawLatents, type Sampler } from './sample.js';
export { discriminatorStep, generatorStep, type Penalty, type Players } from './steps.js';
export { ganTrainee, type TrainGanOptions, trainGan } from './train.js';
