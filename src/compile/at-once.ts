/**
 * Compiling for callers that cannot await, as TensorFlow.js's own training loops cannot: a step that
 * has returned when its call returns.
 */
import { createRequire } from 'node:module';
import { CompileError } from './errors.js';
import { planStep } from './plan.js';
import { runsOf } from './program.js';
import { createSessionAtOnce } from './runtime/node/at-once.js';
import { modelOf, type SessionOptions } from './runtime/node/session.js';
import { hostState } from './state/host.js';
import type { HostTensor, StepFunction, StepInput } from './step.js';
import { targets } from './target.js';
import { signatureOf } from './tensors.js';
import type { Standing } from './trace/conditions.js';
import { runsUnderWay } from './turns.js';

type Inputs = Readonly<Record<string, StepInput>>;

/** A compiled step. Its inputs are read before it returns, and are not copied. */
export interface StepAtOnce {
  (inputs: Inputs): Record<string, HostTensor>;
  /** Frees what it was compiled to. It is not called again. */
  dispose(): void;
}

interface Program {
  /** Whether it changes variables. */
  readonly writes: boolean;
  /** Whether it is still what the step does. */
  readonly standing: () => Standing;
  /** @param call the number of the step's call */
  run(inputs: Inputs, call: number): Record<string, HostTensor>;
  release(): void;
}

/** A step keeps so many of the programs that it was compiled to, those that were used last. */
const mostPrograms = 16;

export interface AtOnceOptions extends SessionOptions {
  /** Of the random numbers that the step draws. */
  readonly seed: number;
  /** The number of the first call, which random numbers are drawn with. */
  readonly firstCall: number;
}

/** As `compileStep`; the step runs when it is called, and is over when the call returns. */
export function compileAtOnce(
  step: StepFunction,
  { seed, firstCall, ...options }: AtOnceOptions,
): StepAtOnce {
  /** That which was used last at the end. */
  let programs: readonly { readonly signature: string; readonly program: Program }[] = [];
  let calls = firstCall;
  const release = (released: typeof programs): void => {
    programs = programs.filter((kept) => !released.includes(kept));
    for (const { program } of released) program.release();
  };
  const programFor = (inputs: Inputs): Program => {
    const signature = signatureOf(inputs);
    const fits = (known: (typeof programs)[number]): boolean =>
      known.signature === signature && known.program.standing() === 'holds';
    const last = programs.at(-1);
    if (last !== undefined && fits(last)) return last.program;
    let used = programs.find(fits);
    if (used === undefined) {
      release(programs.filter(({ program }) => program.standing() === 'gone'));
      if (programs.length >= mostPrograms) release(programs.slice(0, 1 - mostPrograms));
      used = { signature, program: build(step, inputs, options, seed) };
    }
    programs = [...programs.filter((other) => other !== used), used];
    return used.program;
  };
  const run = (inputs: Inputs) => {
    const program = programFor(inputs);
    if (program.writes && runsUnderWay()) {
      throw new CompileError(
        'a compiled step is under way, and works on the same variables: await it first',
      );
    }
    const results = program.run(inputs, calls);
    calls += 1;
    return results;
  };
  return Object.assign(run, { dispose: () => release(programs) });
}

function build(step: StepFunction, inputs: Inputs, options: SessionOptions, seed: number): Program {
  // Where the state lives. It is loaded like this because an import would have to be awaited.
  createRequire(import.meta.url)('@tensorflow/tfjs-backend-cpu');
  const plan = planStep(step, inputs, { ...targets.cores, splits: false }, seed);
  const { graph, state, standing } = plan;
  if ('part' in graph) throw new Error('a step that answers at once stays whole');
  const begin = runsOf(plan, hostState);
  const writes = graph.outputs.some(({ port }) => port.kind === 'state');
  const session = createSessionAtOnce(modelOf(graph), options);
  return {
    writes,
    standing,
    run(given, call) {
      const { values, into, finish } = begin(given, call);
      return finish(session.run(values, into));
    },
    release() {
      for (const variable of state) hostState.release(variable);
      session.release();
    },
  };
}
