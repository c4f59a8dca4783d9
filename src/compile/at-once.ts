/**
 * Compiling for callers that cannot await, as TensorFlow.js's own training loops cannot: a step that
 * has returned when its call returns.
 */
import { createRequire } from 'node:module';
import { CompileError } from './errors.js';
import { explainer, planStep, type RunPlan } from './plan.js';
import { Prepared } from './prepared.js';
import { Programs } from './programs.js';
import { runsOf } from './runs.js';
import { modelOf } from './runtime/model.js';
import { createSessionAtOnce } from './runtime/node/at-once.js';
import type { SessionOptions } from './runtime/node/session.js';
import { tensorOf } from './state/cell.js';
import { hostState } from './state/host.js';
import type { HostTensor, StepFunction, StepInput } from './step.js';
import { targets } from './target.js';
import { signatureOf } from './tensors.js';
import type { Standing } from './trace/conditions.js';
import './trace/loaded.js';
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
  const programs = new Programs<Program>();
  let calls = firstCall;
  const programFor = (inputs: Inputs): Program => {
    const signature = signatureOf(inputs);
    const known = programs.find(signature);
    if (known !== undefined) return known;
    for (const old of programs.takeOld()) old.release();
    const program = build(step, inputs, options, seed);
    programs.add(signature, program);
    return program;
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
  const dispose = () => {
    for (const program of programs.takeAll()) program.release();
  };
  return Object.assign(run, { dispose });
}

function build(step: StepFunction, inputs: Inputs, options: SessionOptions, seed: number): Program {
  // Where the state lives. It is loaded like this because an import would have to be awaited.
  createRequire(import.meta.url)('@tensorflow/tfjs-backend-cpu');
  const plan = planStep(step, inputs, { ...targets.cores, splits: false }, { seed });
  const explain = explainer(plan, step, inputs, { seed });
  const begin = (run: RunPlan) => {
    try {
      return load(run, options);
    } catch (thrown) {
      throw explain(thrown);
    }
  };
  const others = begin(plan);
  let first = plan.first && begin(plan.first);
  return {
    standing: plan.standing,
    get writes() {
      return (first ?? others).writes;
    },
    run(given, call) {
      const result = (first ?? others).run(given, call);
      first?.release();
      first = undefined;
      return result;
    },
    release() {
      first?.release();
      others.release();
    },
  };
}

function load(plan: RunPlan, options: SessionOptions): Omit<Program, 'standing'> {
  const { graph, state } = plan;
  if ('part' in graph) throw new Error('a step that answers at once stays whole');
  const prepared = new Prepared<never>(plan, hostState);
  const begin = runsOf(plan, prepared);
  const writes = graph.outputs.some(({ port }) => port.kind === 'state');
  const session = createSessionAtOnce(modelOf(graph), options);
  const preparing = plan.prepare && createSessionAtOnce(modelOf(plan.prepare), options);
  return {
    writes,
    run(given, call) {
      const stale = prepared.stale();
      if (stale !== undefined) stale.keep(preparing!.run(stale.inputs));
      const { values, into, finish } = begin(given, call);
      return finish(session.run(values, into));
    },
    release() {
      for (const holder of state) hostState.release(tensorOf(holder));
      session.release();
      preparing?.release();
    },
  };
}
