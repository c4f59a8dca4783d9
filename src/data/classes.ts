/**
 * Whether images are such that their classes can be learnt.
 */
import { InputError } from '../errors.js';
import { enumerated } from '../text.js';
import type { ImageDataset } from './dataset.js';

/** @throws InputError where all images are of one class: whoever names it is always right */
export function requireClasses({ name, classNames }: ImageDataset): void {
  if (classNames.length > 1) return;
  throw new InputError(
    `${name} has one class alone, ${JSON.stringify(classNames[0])}; a classifier is to tell two or more apart`,
  );
}

/** Lines for the user on classes that no image shows. */
export function remarksOnClasses({ name, labels, classNames }: ImageDataset): string[] {
  if (labels === undefined) return [];
  const shown = new Set<number>(labels);
  const missing = classNames.filter((_, label) => !shown.has(label));
  if (missing.length === 0) return [];
  const names = missing.map((className) => JSON.stringify(className));
  return [`${name} has no image of ${enumerated(names)}, which cannot be learnt`];
}
