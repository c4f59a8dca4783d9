/**
 * From a step to what a runtime loads: traced, simplified, taken apart, legal for the target.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { Graph } from './graph/graph.js';
import { legalise } from './passes/legalise.js';
import { optimise } from './passes/optimise.js';
import { splitBatch } from './passes/split/choose.js';
import type { SplitGraph } from './passes/split/split-graph.js';
import type { StepFunction } from './step.js';
import type { Supply } from './supply.js';
import type { Target } from './target.js';
import type { Standing } from './trace/conditions.js';
import type { Optimiser } from './trace/optimisers.js';
import { type TensorType, traceStep } from './trace/trace.js';

/** A step for inputs of certain types and shapes. */
export interface Plan {
  readonly graph: Graph | SplitGraph;
  /** The variables behind the graph's ports. */
  readonly state: readonly tf.Variable[];
  /** What the host is asked for at each call. */
  readonly supplies: readonly Supply[];
  /** Whether the step would still be planned so. */
  readonly standing: () => Standing;
  /** TensorFlow.js's optimisers, once for each step that they make in a call. */
  readonly optimisers: readonly Optimiser[];
}

/**
 * @param inputs the types and shapes of the step's inputs
 * @param seed of the random numbers that the step draws; absent when it is to draw none
 * @throws CompileError as tracing does
 */
export function planStep(
  step: StepFunction,
  inputs: Readonly<Record<string, TensorType>>,
  target: Target,
  seed?: number,
): Plan {
  const { graph, build, ...rest } = traceStep(step, inputs, seed);
  const whole = optimise(graph, build);
  const split = target.splits ? splitBatch(whole, build) : undefined;
  const legal = (graph: Graph): Graph => legalise(graph, target, build);
  if (split === undefined) return { ...rest, graph: legal(whole) };
  return {
    ...rest,
    graph: {
      ...split,
      before: legal(split.before),
      part: legal(split.part),
      after: legal(split.after),
    },
  };
}
