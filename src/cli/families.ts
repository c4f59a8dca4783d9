import { classifierFamily } from '../../classifier/family.js';
import { ganFamily } from '../../gan/family.js';
import { translationFamily } from '../../translation/family.js';
import type { Family } from '../family/family.js';

/** The registry: everything that can be trained. */
export const families: readonly Family[] = [
  classifierFamily,
  ganFamily(async () => (await import('../../classifier/extractors.js')).judges),
  translationFamily,
];
