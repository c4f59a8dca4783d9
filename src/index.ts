/**
 * The parts that the classifier and the GAN share: `import { mixerBlock } from 'mixgan'`.
 * The models themselves are `mixgan/classifier` and `mixgan/gan`.
 */

export {
  float32,
  type HostTensor,
  int32,
  type RunnableStep,
  type StepFunction,
  type StepInput,
  type StepTensors,
  scalar,
  uint8,
} from './compile/step.js';
export { Batches, evaluationBatches, gatherBytes, gatherLabels } from './data/batches.js';
export type { DatasetSplits, ImageDataset } from './data/dataset.js';
export { loadDataset } from './data/load.js';
export type { Diagnosis } from './engine/doctor.js';
export { type Engine, type EngineName, engineNames } from './engine/engine.js';
export { type OpenedEngine, openEngine } from './engine/open.js';
export { type EngineScope, scopeOf } from './engine/scope.js';
export {
  DivergedError,
  EngineError,
  ExitCode,
  InputError,
  MixganError,
  OutputError,
  UsageError,
} from './errors.js';
export type { Exported, ExportRequest } from './family/export.js';
export type { NewTraining, ResumedTraining, Watching } from './family/train.js';
export type { Source } from './family/trained.js';
export { encodeGif, type GifOptions, writeGif } from './image/gif.js';
export { imageGrid, toBytes } from './image/grid.js';
export { type Picture, readPng, writePng } from './image/png.js';
export { withAbstractModel } from './mixer/abstract.js';
export { Affine, type AffineArgs, affine, layerScale } from './mixer/affine.js';
export type { ModelOptions, ModelSizes } from './mixer/architecture.js';
export { type AttentionOptions, selfAttention } from './mixer/attention.js';
export { type MixerBlockOptions, mixerBlock } from './mixer/block.js';
export { type FeedForwardConfig, feedForwardSizes } from './mixer/configs/ff.js';
export { type GMlpConfig, gMlpSizes } from './mixer/configs/gmlp.js';
export { type MixerConfig, type MixerSize, mixerSizes } from './mixer/configs/mixer.js';
export { type ResMlpConfig, resMlpSizes } from './mixer/configs/resmlp.js';
export { type VitConfig, vitSizes } from './mixer/configs/vit.js';
export { Drops, drawMasks, type Masks, withMasks } from './mixer/dropout.js';
export { type FeedForwardBlockOptions, feedForward, feedForwardBlock } from './mixer/ff.js';
export { type GMlpBlockOptions, gMlp, gMlpBlock } from './mixer/gmlp.js';
export { type Initialisation, seededInitialisation } from './mixer/initialisation.js';
export { LayerNorm, layerNorm, layerNormalise } from './mixer/layer-norm.js';
export { mlpMixer } from './mixer/mixer.js';
export { type MlpOptions, mlp } from './mixer/mlp.js';
export type { BuildOptions, GeluForm } from './mixer/options.js';
export { overTokens } from './mixer/over-tokens.js';
export { addPositions } from './mixer/positions.js';
export { Rescaling, rescale, type Scaling, unitScaling } from './mixer/rescaling.js';
export { residual } from './mixer/residual.js';
export { type ResMlpBlockOptions, resMlp, resMlpBlock } from './mixer/resmlp.js';
export { convStem, overlapStem, patchStem, type StemOptions, stems } from './mixer/stem.js';
export { type StemKind, stemKinds } from './mixer/stem-kinds.js';
export { type LayerSummary, type ModelSummary, summarise } from './mixer/summary.js';
export {
  type TokenClassifierConfig,
  type TokenStack,
  tokenClassifier,
} from './mixer/token-classifier.js';
export { type VitBlockOptions, vit, vitBlock } from './mixer/vit.js';
export { RandomStream } from './random.js';
export { Adam, type AdamOptions } from './train/adam.js';
export {
  type Checkpoint,
  type LoadedCheckpoint,
  loadCheckpoint,
  saveCheckpoint,
} from './train/checkpoint.js';
export { type GradientOutputs, GradientSum } from './train/gradient-sum.js';
export { clipped, globalNorm, gradientsOf } from './train/gradients.js';
export type { MetricsRecord } from './train/log.js';
export type { LoopResult, Metrics } from './train/loop.js';
export type { RunObserver } from './train/observer.js';
export type { Optimiser } from './train/optimiser.js';
export { type NamedModel, Player, type PlayerOptions } from './train/player.js';
export { type LearningRateSchedule, learningRate } from './train/schedule.js';
export { Sgd, type SgdOptions } from './train/sgd.js';
export {
  compileUpdate,
  gradientStep,
  type RunnableUpdate,
  type Update,
  updateStep,
  wholeStep,
} from './train/update.js';
export { mergeVariables, modelVariables, type NamedVariables } from './train/variables.js';
