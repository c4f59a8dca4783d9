/**
 * Every copy of TensorFlow.js that this Node process has loaded is looked through for models, whoever
 * loaded it.
 */
import { createRequire } from 'node:module';
import { lookForModels } from './training.js';

const { cache } = createRequire(import.meta.url);

lookForModels(() =>
  Object.keys(cache)
    .filter((path) => /[\\/]tf[^\\/]*\.c?js$/.test(path))
    .map((path) => cache[path]!.exports),
);
