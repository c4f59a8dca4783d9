/** The MLP-Mixer classifier: `import { trainClassifier, … } from 'mixgan/classifier'`. */
export { restoreClassifier } from './checkpoint.js';
export { type ClassifierConfig, classifierConfigSchema } from './config.js';
export {
  type ClassAccuracy,
  createPredictor,
  type Evaluation,
  evaluateClassifier,
  type Predictor,
} from './evaluate.js';
export { buildClassifier, type Classifier, type Task, taskOf } from './model.js';
export { classifierPresets } from './presets.js';
export { classifierStep, crossEntropy, predictionStep } from './step.js';
export { classifierTrainee, type TrainClassifierOptions, trainClassifier } from './train.js';
