/** MixerGAN, images into images without pairs: `import { trainTranslation, … } from 'mixgan/translation'`. */

export {
  type AdversarialLoss,
  adversarialLosses,
  type LossName,
} from '../src/adversarial/losses.js';
export { type TranslationConfig, translationConfigSchema } from './config.js';
export { loadDomains } from './data/load.js';
export type { DomainSplits, Truth } from './data/splits.js';
export { TranslationDiagnosis } from './diagnosis.js';
export {
  buildMixerDiscriminator,
  buildPatchgan,
  type MixerDiscriminatorConfig,
  type PatchganConfig,
} from './discriminator.js';
export { type Domains, domainsOf } from './domains.js';
export {
  openTranslation,
  resumeTranslation,
  TrainedTranslation,
  trainTranslation,
} from './doors.js';
export {
  type DirectionFigures,
  evaluateTranslation,
  type TranslationEvaluation,
  type TranslationJudges,
  translationProtocol,
} from './evaluate.js';
export {
  buildCycleganTranslator,
  buildMixerTranslator,
  type MixerTranslatorConfig,
  type TranslatorConfig,
  type TranslatorOptions,
} from './generator.js';
export { HistoryPool } from './pool.js';
export { translationPresets } from './presets.js';
export { discriminatorStep, generatorStep, type Players, type TranslationLoss } from './steps.js';
export { createTranslator, type Translator } from './translate.js';
export { Translation } from './translation.js';
