/**
 * Choosing by measuring: whether a GPU is faster than the cores depends on both, and on the step, whose
 * every operation costs a GPU the time to begin. So the first step of a training is timed on all of them.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { RunnableStep } from '../compile/step.js';
import { messageOf } from '../errors.js';
import { asEngineStep, type Engine } from './engine.js';

export interface MeasureOptions {
  /** Told in one line what was measured. */
  readonly say?: ((line: string) => void) | undefined;
  /** Milliseconds. */
  readonly now?: () => number;
}

/** So many runs are timed, or as many as fit into the time, after one that compiles. */
const mostRuns = 5;
const mostMilliseconds = 2000;

/**
 * An engine that is the first of `engines` until the first step that changes variables is called: that
 * step is then timed on all of them, its variables are given back the values that they had, and the
 * fastest is what it is from then on. So a training has the bits of the engine that was chosen.
 *
 * @param engines whose variables live with the `cpu` backend; the cores first
 */
export function measuredEngine(
  engines: readonly Engine[],
  { say = () => undefined, now = () => performance.now() }: MeasureOptions = {},
): Engine {
  const [cores, ...rivals] = engines as readonly [Engine, ...Engine[]];
  let chosen: Engine | undefined;
  /** One step is measured at a time. */
  let turn: Promise<unknown> = Promise.resolve();

  const millisecondsOf = async (run: () => Promise<unknown>): Promise<number> => {
    await run();
    const end = now() + mostMilliseconds;
    let best = Number.POSITIVE_INFINITY;
    for (let i = 0; i < mostRuns && (i === 0 || now() < end); i++) {
      const start = now();
      await run();
      best = Math.min(best, now() - start);
    }
    return best;
  };

  const choose = async (run: (engine: Engine) => Promise<unknown>): Promise<Engine> => {
    const told: string[] = [];
    let [fastest, least] = [cores, Number.POSITIVE_INFINITY];
    for (const engine of engines) {
      const on = `${engine.name} on ${engine.devices.join(', ')}`;
      try {
        const time = await millisecondsOf(() => run(engine));
        told.push(`${on} ${time.toFixed(time < 100 ? 1 : 0)} ms`);
        if (time < least) [fastest, least] = [engine, time];
      } catch (thrown) {
        if (engine === cores) throw thrown;
        told.push(`${on} failed (${messageOf(thrown)})`);
      }
    }
    say(`engine: a step takes ${told.join(', ')}: ${fastest.name} from here on`);
    return fastest;
  };

  return {
    get name() {
      return (chosen ?? cores).name;
    },
    get devices() {
      if (chosen !== undefined) return chosen.devices;
      const others = rivals.map(({ name, devices }) => `${name} on ${devices.join(', ')}`);
      return [...cores.devices, `or ${others.join(' or ')} where that proves faster`];
    },
    compiles: true,
    compile(step, options) {
      const runs = new Map<Engine, RunnableStep>();
      const on = (engine: Engine): RunnableStep => {
        const run = runs.get(engine) ?? engine.compile(step, options);
        runs.set(engine, run);
        return run;
      };
      const measured = async (inputs: Parameters<RunnableStep>[0]) => {
        if (chosen !== undefined) return on(chosen)(inputs);
        const before = holdVariables();
        try {
          const result = await on(cores)(inputs);
          if (!before.some(hasChanged)) return result;
          const fastest = await choose((engine) => on(engine)(inputs));
          before.forEach(giveBack);
          chosen = fastest;
          await Promise.all(
            engines.map((engine) => engine !== fastest && runs.get(engine)?.dispose()),
          );
        } finally {
          for (const { values } of before) values.dispose();
        }
        return on(chosen)(inputs);
      };
      const run = (inputs: Parameters<RunnableStep>[0]) => {
        if (chosen !== undefined) return on(chosen)(inputs);
        const result = turn.then(() => measured(inputs));
        turn = result.catch(() => undefined);
        return result;
      };
      return asEngineStep(run, async () => {
        await turn;
        await Promise.all([...runs.values()].map((one) => one.dispose()));
      });
    },
  };
}

interface HeldVariable {
  readonly variable: tf.Variable;
  /** A handle of the values that it had. */
  readonly values: tf.Tensor;
}

const holdVariables = (): HeldVariable[] =>
  Object.values(tf.engine().registeredVariables).map((variable) => ({
    variable,
    values: tf.keep(tf.clone(variable)),
  }));

/** A run that writes to a variable gives it data of its own, where somebody has a handle of the old. */
const hasChanged = ({ variable, values }: HeldVariable): boolean =>
  !variable.isDisposed && variable.dataId !== values.dataId;

function giveBack({ variable, values }: HeldVariable): void {
  if (!variable.isDisposed) variable.assign(values);
}
