/** The MLP-MixGAN: `import { buildGenerator, … } from 'mixgan/gan'`. */

export {
  type AdversarialLoss,
  adversarialLosses,
  type LossName,
} from '../src/adversarial/losses.js';
export {
  type Penalty,
  type PenaltyKind,
  squaredImageGradients,
} from '../src/adversarial/penalty.js';
export type { DiscriminatorOptions } from '../src/adversarial/verdict.js';
export { oneHot } from '../src/data/one-hot.js';
export type { StemKind } from '../src/mixer/stem-kinds.js';
export { type RestoredGenerator, restoreGenerator } from './checkpoint.js';
export {
  type DiscriminatorSettings,
  type GanConfig,
  type GeneratorSettings,
  ganConfigSchema,
} from './config.js';
export {
  buildDcganDiscriminator,
  buildDcganGenerator,
  type DcganConfig,
  type DcganGeneratorConfig,
} from './dcgan.js';
export { Diagnosis } from './diagnosis.js';
export {
  type AugmentationConfig,
  type AugmentationOf,
  augmentImages,
  augments,
  drawAugmentation,
} from './diff-augment.js';
export { buildDiscriminator, type DiscriminatorConfig } from './discriminator.js';
export {
  openGan,
  type Prepared,
  resumeGan,
  type SampleOptions,
  type Scored,
  TrainedGan,
  trainGan,
} from './doors.js';
export {
  createEvaluation,
  type Evaluation,
  type EvaluationOptions,
  type EvaluationProtocol,
  type EvaluationResult,
  type ExtractorEvaluation,
  evaluationMetrics,
  evaluationProtocol,
  quickEvaluationProtocol,
  type Scores,
} from './evaluate.js';
export type { FeatureNetworkConfig, FeatureWeights } from './feature-network.js';
export { Gan, type ImageShape, imageShapeOf, numClassesOf } from './gan.js';
export {
  buildGenerator,
  type GeneratorConfig,
  type GeneratorOptions,
  type GeneratorStage,
  type PlayerOptions,
} from './generator.js';
export { latentWalk, slerp } from './interpolate.js';
export { discriminatorOf, generatorOf } from './players.js';
export { dcganRecipe, ganPresets } from './presets.js';
export { createSampler, drawLatents, type Sampler } from './sample.js';
export {
  augmentationInputs,
  discriminatorStep,
  discriminatorUpdate,
  generatorStep,
  generatorUpdate,
  type Players,
  probeStep,
} from './steps.js';
