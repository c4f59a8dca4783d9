/**
 * From a step to what a runtime loads: traced, simplified, taken apart, legal for the target.
 */
import { CompileError, messageOf, UnsharedError } from './errors.js';
import type { Builder } from './graph/builder.js';
import type { Graph } from './graph/graph.js';
import { legalise } from './passes/legalise.js';
import { optimise } from './passes/optimise.js';
import { changesState, prepareState } from './passes/prepare.js';
import { likelyParts, splitBatch } from './passes/split/choose.js';
import type { SplitGraph } from './passes/split/split-graph.js';
import { originIn } from './runtime/refusal.js';
import { isCell } from './state/cell.js';
import type { StepFunction } from './step.js';
import type { Target } from './target.js';
import type { Standing } from './trace/conditions.js';
import {
  placeOf,
  type TensorType,
  type TracedRun,
  type TraceOptions,
  traceStep,
} from './trace/trace.js';

/** Runs of a step for inputs of certain types and shapes. */
export interface RunPlan extends Omit<TracedRun, 'graph'> {
  readonly graph: Graph | SplitGraph;
  /** Makes what the graph takes ready of variables, whenever one of them has changed. */
  readonly prepare?: Graph | undefined;
}

/** A step for inputs of certain types and shapes. */
export interface Plan extends RunPlan {
  /** The first run, where that is another than those after it. */
  readonly first?: RunPlan | undefined;
  /** Whether the step would still be planned so. */
  readonly standing: () => Standing;
}

/**
 * @param inputs the types and shapes of the step's inputs
 * @param expect told in about how many parts the plan will be, while there is most of the work to do
 * @throws CompileError as tracing does; UnsharedError where several processes are to share what they cannot
 */
export function planStep(
  step: StepFunction,
  inputs: Readonly<Record<string, TensorType>>,
  target: Target,
  options: TraceOptions = {},
  expect?: (parts: number) => void,
): Plan {
  const drafted = target.splits && expect !== undefined;
  const { build, first, standing, ...others } = traceStep(step, inputs, {
    ...options,
    ...(drafted && {
      drafted: (graph) => {
        expect(likelyParts(graph, target.processes));
      },
    }),
  });
  return {
    ...planRun(others, build, target),
    first: first && planRun(first, build, target),
    standing,
  };
}

/**
 * Tells what onnxruntime says of a plan when it is loaded or run, with the line of the operation that it
 * is about. Nothing of the plan's graph is held, nor of the inputs' values.
 */
export function explainer(
  { state }: Plan,
  step: StepFunction,
  inputs: Readonly<Record<string, TensorType>>,
  options: TraceOptions,
): (thrown: unknown) => unknown {
  // Another trace would put other tensors in the place of those that are kept.
  const keeps = state.some(isCell);
  const types = Object.entries(inputs).map(([name, { dtype, shape }]) => [name, { dtype, shape }]);
  return (thrown) => {
    const origin = originIn(thrown);
    if (origin === undefined || keeps) return thrown;
    const place = placeOf(origin, step, Object.fromEntries(types), options);
    return new CompileError(`${messageOf(thrown)}${place}`, { cause: thrown });
  };
}

function planRun({ graph, ...rest }: TracedRun, build: Builder, target: Target): RunPlan {
  const legal = (graph: Graph): Graph => legalise(graph, target, build);
  const { graph: optimised, finish } = optimise(graph, build, target.block);
  // What is kept between calls is kept as it is used.
  const prepared = changesState(graph) ? undefined : prepareState(finish(optimised), build);
  const run = { ...rest, prepare: prepared && legal(prepared.prepare) };
  const step = prepared?.graph ?? optimised;
  const { processes = 1 } = target;
  const split = target.splits ? splitBatch(step, build, { processes, finish }) : undefined;
  if (split === undefined) {
    if (processes > 1) throw new UnsharedError(processes);
    return { ...run, graph: legal(finish(step)) };
  }
  return {
    ...run,
    graph: {
      ...split,
      before: legal(split.before),
      part: legal(split.part),
      after: legal(split.after),
      shared: split.shared && { ...split.shared, own: legal(split.shared.own) },
    },
  };
}
