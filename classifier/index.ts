/** Image classifiers, the MLP-Mixer above all: `import { trainClassifier, … } from 'mixgan/classifier'`. */
export { cnn } from './architectures/cnn.js';
export type { CnnConfig } from './architectures/configs/cnn.js';
export type { ResNetConfig } from './architectures/configs/resnet.js';
export {
  defaultModels,
  type ModelConfig,
  type OfficialSize,
  officialSizes,
} from './architectures/configs.js';
export { type ArchitectureName, architectureNames } from './architectures/names.js';
export { buildModel } from './architectures/registry.js';
export { resNet } from './architectures/resnet.js';
export { restoreClassifier } from './checkpoint.js';
export { type ClassifierConfig, classifierConfigSchema } from './config.js';
export {
  type Look,
  type OpenOptions,
  openClassifier,
  resumeClassifier,
  TrainedClassifier,
  trainClassifier,
} from './doors.js';
export {
  type ClassAccuracy,
  createPredictor,
  type Evaluation,
  evaluateClassifier,
  type Predictor,
} from './evaluate.js';
export {
  type BundledExtractor,
  bundledExtractors,
  type Extractor,
  openBundledExtractor,
  openExtractorFile,
} from './extractors.js';
export {
  type FeatureNetworkOptions,
  type FeatureNetworkSizes,
  trainFeatureNetwork,
} from './feature-network.js';
export {
  createFeatureExtractor,
  featureDim,
  featureStep,
} from './features.js';
export { buildClassifier, type Classifier, type Task, taskOf } from './model.js';
export { createOptimiser } from './optimiser.js';
export type { OptimiserConfig } from './optimiser-config.js';
export { classifierPlayer } from './player.js';
export type { Prediction } from './predict.js';
export { classifierPresets } from './presets.js';
export { classifierStep, classifierUpdate, crossEntropy, predictionStep } from './step.js';
export type { ClassifierResult } from './train.js';
