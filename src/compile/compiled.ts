/**
 * Compiling, whatever the runtime: a step is traced once for each signature of its inputs, and run
 * from then on.
 */
import { CompileError } from './errors.js';
import { explainer, planStep } from './plan.js';
import { createProgram, type Program } from './program.js';
import { Programs } from './programs.js';
import { drawSeed } from './random/seed.js';
import type { AnyRuntime } from './runtime/runtime.js';
import type { HostTensor, RunnableStep, StepFunction, StepInput } from './step.js';
import { copyInputs, type GivenInputs, signatureOf } from './tensors.js';
import type { TraceOptions } from './trace/trace.js';
import { assertOutsideOfSteps } from './trace/training.js';
import { inTurn } from './turns.js';

/** What there is to say of a step, whatever runs it. */
export type StepOptions = DrawOptions & FreezeOptions & Pick<TraceOptions, 'changes'>;

export interface FreezeOptions {
  /**
   * Takes the values of variables for constants, which makes a step that draws or recognises a few images
   * at a time faster by a fifth. When one has changed, the next call loads the step again. Such a
   * step changes no variable; models of more than 64 MB are run as others are.
   */
  readonly frozen?: boolean | undefined;
}

/** How a step draws random numbers: they are a function of its seed and of the number of its call. */
export interface DrawOptions {
  /** `'refuse'`: the step is to draw none. `'draw'`, others at every call, when absent. */
  readonly random?: 'draw' | 'refuse' | undefined;
  /** A whole number, 0 … 2⁵³ − 1; when absent, one is drawn. */
  readonly seed?: number | undefined;
  /**
   * The number of the first call, 0 or more; 0 when absent. A step that goes on where another one
   * stopped is given that one's `seed`, and its `calls`.
   */
  readonly firstCall?: number | undefined;
}

/** A step that was taken over by `compile`. */
export interface CompiledStep extends RunnableStep {
  /** The values of tensors are read at once; without inputs, those of a step that takes none. */
  (inputs?: GivenInputs): Promise<Record<string, HostTensor>>;
  /** The number of the next call: `firstCall`, and one more for each call that has come to its end. */
  readonly calls: number;
  /** What its random numbers are drawn with; absent when it draws none. */
  readonly seed: number | undefined;
}

/**
 * @param step a pure function of tensors; see `StepFunction`
 * @param runtime what runs it
 * @returns the step, compiled at the first call with inputs of new types or shapes
 */
export function compileOn(
  step: StepFunction,
  runtime: AnyRuntime,
  { random = 'draw', firstCall = 0, seed, changes, frozen }: StepOptions = {},
): CompiledStep {
  checkDrawOptions({ random, firstCall, seed });
  if (changes !== undefined && changes !== 'refuse' && changes !== 'freeze') {
    throw new CompileError(`changes is 'refuse' or 'freeze', not ${String(changes)}`);
  }
  const seeds = random === 'refuse' ? undefined : (seed ?? drawSeed());
  const programs = new Programs<Program>();
  let disposed = false;
  let calls = firstCall;

  const release = async (released: readonly Program[]): Promise<void> => {
    await Promise.all(released.map((program) => program.release()));
  };
  const programFor = async (inputs: Readonly<Record<string, StepInput>>): Promise<Program> => {
    const signature = signatureOf(inputs);
    const known = programs.find(signature);
    if (known !== undefined) return known;
    await release(programs.takeOld());
    const program = await build(step, inputs, runtime, { changes, seed: seeds, frozen });
    programs.add(signature, program);
    return program;
  };
  const start = async (inputs?: GivenInputs) => {
    const copies = copyInputs(inputs);
    return inTurn(async () => {
      if (disposed) throw new CompileError('a compiled step was called after its dispose()');
      const results = await (await programFor(copies)).run(copies, calls);
      calls += 1;
      return results;
    });
  };
  const run = (inputs?: GivenInputs) => {
    // At once: nobody awaits it in a step.
    assertOutsideOfSteps();
    return start(inputs);
  };
  const dispose = () =>
    inTurn(() => {
      disposed = true;
      return release(programs.takeAll());
    });
  const compiled = Object.assign(run, { dispose, seed: seeds, calls });
  return Object.defineProperty(compiled, 'calls', { get: () => calls, enumerable: true });
}

async function build(
  step: StepFunction,
  inputs: Readonly<Record<string, StepInput>>,
  runtime: AnyRuntime,
  { frozen, ...options }: TraceOptions & FreezeOptions,
): Promise<Program> {
  // Where the state lives.
  await import('@tensorflow/tfjs-backend-cpu');
  const target = (await runtime.findTarget?.()) ?? runtime.target;
  const plan = planStep(step, inputs, target, options, (parts) => runtime.expect?.(parts));
  const explain = explainer(plan, step, inputs, options);
  const program = await explained(createProgram(plan, runtime, frozen), explain);
  return { ...program, run: (given, call) => explained(program.run(given, call), explain) };
}

/** Apart, so that a program does not hold on to what it was made of. */
async function explained<T>(task: Promise<T>, explain: (thrown: unknown) => unknown): Promise<T> {
  try {
    return await task;
  } catch (thrown) {
    throw explain(thrown);
  }
}

/** @throws CompileError naming the option that is not what it may be */
export function checkDrawOptions({ random = 'draw', firstCall = 0, seed }: DrawOptions): void {
  const isWhole = (number: unknown): boolean => Number.isSafeInteger(number) && Number(number) >= 0;
  if (random !== 'draw' && random !== 'refuse') {
    throw new CompileError(`random is 'draw' or 'refuse', not ${String(random)}`);
  }
  if (!isWhole(firstCall)) {
    throw new CompileError(`firstCall is the number of a call, 0 or more, not ${firstCall}`);
  }
  if (seed !== undefined && !isWhole(seed)) {
    throw new CompileError(`a seed is a whole number from 0 to 2^53 - 1, not ${seed}`);
  }
  if (seed !== undefined && random === 'refuse') {
    throw new CompileError("a step that draws no random numbers, random: 'refuse', has no seed");
  }
}
