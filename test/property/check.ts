/** Holding a program, compiled, to what it is eagerly. */
import { messageOf } from '../../src/compile/errors.js';
import { type Difference, type Judgement, judge } from './judge.js';
import type { Program } from './program.js';
import { type How, type Outcome, run } from './run.js';

/** What a program came to: what differs, or why it could not be compiled. */
export interface Check extends Judgement {
  readonly error?: string;
}

const nothing: Judgement = { differences: [], units: new Map(), outOfRange: 0 };

/** @param eager what TensorFlow.js gives */
export async function check(program: Program, how: How, eager: Outcome): Promise<Check> {
  try {
    return judge(program, await run(program, how), eager);
  } catch (thrown) {
    return { ...nothing, error: messageOf(thrown) };
  }
}

export const isFailure = ({ differences, error }: Check): boolean =>
  differences.length > 0 || error !== undefined;

/**
 * The program as TensorFlow.js can run it: without the gradients, where it has none or throws.
 * @throws what it throws without
 */
export async function runnable(program: Program): Promise<{ program: Program; eager: Outcome }> {
  try {
    return { program, eager: await run(program, 'eager') };
  } catch (thrown) {
    if (program.kind === 'forward') throw thrown;
    const forward = withoutGradients(program);
    return { program: forward, eager: await run(forward, 'eager') };
  }
}

export const withoutGradients = (program: Program): Program => ({
  ...program,
  ...{ kind: 'forward', variables: [], targets: [], by: [] },
  inputs: [...program.inputs, ...program.variables],
});

/** On one line. */
export function describe({ differences: [first], error }: Check): string {
  if (error !== undefined) return error;
  return first === undefined ? 'no difference' : describeDifference(first);
}

function describeDifference({
  output,
  element,
  actual,
  eager,
  exact,
  allowed,
}: Difference): string {
  return `${output}, element ${element}: ${actual}, eager ${eager}, exactly ${exact} ± ${allowed.toPrecision(2)}`;
}
