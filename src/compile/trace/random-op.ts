/**
 * Random operations in a traced step: their numbers would be drawn once, and be the same at every run.
 */
import { engineState } from './engine-state.js';

/** TensorFlow.js operations that draw random numbers. */
const randomOps: ReadonlySet<string> = new Set([
  ...['dropout', 'multinomial', 'rand', 'randomGamma', 'randomNormal', 'randomStandardNormal'],
  ...['randomUniform', 'randomUniformInt', 'truncatedNormal'],
]);

/** The random operation that is under way, if one is: the outermost, which the step called. */
export function randomOp(): string | undefined {
  return engineState()
    .scopeStack.map(({ name }) => name.replace(/__op$/, ''))
    .find((name) => randomOps.has(name));
}
