import type { Engine } from '../engine/engine.js';
import type { FeatureExtractor } from './features.js';

/** Feature extractors as families are given them: a family has no eyes of its own. */
export interface Judges {
  /** Those that know digits of 28 × 28, the one for quick scores first. */
  readonly forDigits: readonly string[];
  /**
   * @param name of one for digits, or the path of a classifier
   * @throws InputError when it is missing, damaged, or no classifier
   */
  readonly open: (engine: Engine, name: string) => Promise<FeatureExtractor>;
}
