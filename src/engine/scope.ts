import type { RunnableStep } from '../compile/step.js';
import type { Engine } from './engine.js';

/** An engine that knows the steps that were compiled through it. */
export interface EngineScope extends Engine {
  /** Disposes of all those steps, after the runs that were asked for. The engine itself goes on. */
  dispose(): Promise<void>;
}

/** The same engine for a while, such as a training. */
export function scopeOf(engine: Engine): EngineScope {
  const steps: RunnableStep[] = [];
  return {
    ...engine,
    compile(step, options) {
      const runnable = engine.compile(step, options);
      steps.push(runnable);
      return runnable;
    },
    async dispose() {
      await Promise.all(steps.splice(0).map((step) => step.dispose()));
    },
  };
}
