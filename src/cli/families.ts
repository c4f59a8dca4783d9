import { classifierFamily } from '../../classifier/family.js';
import { ganFamily } from '../../gan/family.js';
import { translationFamily } from '../../translation/family.js';
import type { Family } from '../family/family.js';

const judges = async () => (await import('../../classifier/judges.js')).judges;

/** The registry: everything that can be trained. */
export const families: readonly Family[] = [
  classifierFamily,
  ganFamily(judges),
  translationFamily(judges),
];
