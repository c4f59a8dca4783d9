/**
 * Tracing: what a step does, as a graph, and held to be the same at every call.
 */
import { CompileError } from '../errors.js';
import type { Graph, Origin } from '../graph/graph.js';
import type { StepFunction } from '../step.js';
import { CommonValues } from './common.js';
import { settleFailed } from './kept.js';
import { type Pass, type TensorType, tracePass } from './pass.js';
import { draftOf, type Trace, traceOf } from './settle.js';
import { beginningOf, isLike, whyByChance, whyChanging } from './steady.js';

export type { TensorType } from './pass.js';
export type { Trace, TracedRun } from './settle.js';

export interface TraceOptions {
  /** Of the random numbers that the step draws; absent when it is to draw none. */
  readonly seed?: number | undefined;
  /**
   * What becomes of a step that does something else each time its JavaScript runs, as with a counter or
   * `Math.random`: it is refused (the default), or frozen as it was when it ran first.
   */
  readonly changes?: 'refuse' | 'freeze' | undefined;
  /** Given what the first pass did, before it is known whether it does so at every call. */
  readonly drafted?: ((graph: Graph) => void) | undefined;
}

/**
 * Traces a step until two passes in a row did the same: two passes for most steps, three for one that
 * does something else at first, such as making the tensors that it keeps from then on. Its JavaScript
 * runs as often. One that asked for `Math.random` in the last is refused even so.
 *
 * @throws CompileError naming the operation, and the line that called it, as `tracePass`; when the step
 *   captures a large constant, does something else at each pass, or leaves nothing behind: neither
 *   outputs nor state that it changed
 */
export function traceStep(
  step: StepFunction,
  inputTypes: Readonly<Record<string, TensorType>>,
  { changes = 'refuse', seed, drafted }: TraceOptions = {},
): Trace {
  const common = new CommonValues();
  const passes: Pass[] = [];
  const trace = (): Pass => {
    const kept = passes.flatMap(({ keeps }) => keeps);
    const pass = tracePass(step, inputTypes, { common, kept, before: passes.at(-1), seed });
    passes.push(pass);
    return pass;
  };
  try {
    const first = trace();
    drafted?.(draftOf(first));
    const second = trace();
    const assertNoChance = (pass: Pass): void => {
      const why = changes === 'refuse' ? whyByChance(pass) : undefined;
      if (why !== undefined) throw new CompileError(why);
    };
    if (isLike(first, second)) {
      assertNoChance(second);
      return traceOf(step, { before: first, last: second }, common.build);
    }
    if (changes === 'freeze' && isFrozen(first, second)) {
      const last = {
        ...first,
        keeps: first.keeps.map((kept, at) => ({ ...kept, tensor: second.keeps[at]!.tensor })),
      };
      return traceOf(step, { before: first, last }, common.build);
    }
    const third = trace();
    if (!isLike(second, third)) throw new CompileError(whyChanging(third));
    assertNoChance(third);
    const beginning = beginningOf(first, second, third, common.build);
    const other = beginning === undefined ? first : undefined;
    return traceOf(step, { before: second, last: third, first: other, beginning }, common.build);
  } catch (thrown) {
    settleFailed(passes.flatMap(({ keeps }) => keeps));
    throw thrown;
  }
}

/**
 * The line of a call, `, called at FILE:LINE:COLUMN`, of a step that was traced: its JavaScript runs once
 * more. Empty when it cannot be told, as of a step that would mix up what it keeps.
 */
export function placeOf(
  sought: Origin,
  step: StepFunction,
  inputTypes: Readonly<Record<string, TensorType>>,
  { seed }: TraceOptions,
): string {
  try {
    const pass = tracePass(step, inputTypes, { common: new CommonValues(), seed, sought });
    settleFailed(pass.keeps);
    return pass.soughtAt;
  } catch {
    return '';
  }
}

/** Whether what the first pass did can stand for all: nothing that it kept is read. */
const isFrozen = (first: Pass, second: Pass): boolean =>
  second.readKept.length === 0 && first.keeps.length === second.keeps.length;
