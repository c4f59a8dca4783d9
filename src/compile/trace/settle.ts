/**
 * From what passes did to what runs do: the graph with its ports, and the state behind them.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { CompileError } from '../errors.js';
import type { Builder } from '../graph/builder.js';
import { countUses, type Graph, type PortValue, type Value } from '../graph/graph.js';
import type { Port } from '../graph/port.js';
import { type Cell, register, type State } from '../state/cell.js';
import type { StepFunction } from '../step.js';
import type { Supply } from '../supply.js';
import { conditionsOf, type Standing } from './conditions.js';
import { arrayOf, type HostArray } from './constants.js';
import { settle } from './kept.js';
import type { Optimiser } from './optimisers.js';
import type { Pass } from './pass.js';
import { replacementOf } from './steady.js';

/** What a step does in a run. */
export interface TracedRun {
  /**
   * Its inputs are the step's, then the state that it reads, with the values it had when the step
   * began, then what the host supplies; its outputs the step's, then the state that it changes, with
   * the values it got last.
   */
  readonly graph: Graph;
  /** Variables, and kept tensors, each in the place that its ports tell. */
  readonly state: readonly State[];
  /** What the host is asked for at each call, in the order in which the step first asked. */
  readonly supplies: readonly Supply[];
  /** TensorFlow.js's optimisers, once for each step that they make. */
  readonly optimisers: readonly Optimiser[];
}

/** A step as a graph. */
export interface Trace extends TracedRun {
  readonly build: Builder;
  /** What the first run does, where that is something else than what the others do. */
  readonly first?: TracedRun | undefined;
  /** Whether the step would still be traced to the same. */
  readonly standing: () => Standing;
}

/** Passes that settled what a step does. */
export interface Settled {
  /** The last two, which did the same. */
  readonly before: Pass;
  readonly last: Pass;
  /** One that did something else, before those. */
  readonly first?: Pass | undefined;
  /** What the kept tensors that are read begin with. */
  readonly beginning?: readonly Value[] | undefined;
}

/** Cells that a step only writes: those of its last trace, by their places among what it keeps. */
const written = new WeakMap<StepFunction, Map<number, Cell>>();

/**
 * The trace of a step. What the step keeps is state from here on: the tensors that its JavaScript now
 * holds have values of their own, and those that were in their places are disposed of.
 *
 * @throws CompileError when the step captures a large constant, or leaves nothing behind
 */
export function traceOf(step: StepFunction, settled: Settled, build: Builder): Trace {
  const { before, last, first } = settled;
  if (last.objection !== undefined) throw new CompileError(last.objection);
  if (last.outputs.size + last.writes.size + last.keeps.length === 0) {
    throw new CompileError('a step returns no tensor and assigns no variable');
  }
  const state = stateOf(step, settled);
  const { read, keeps, firstKeeps, cells, isCurrent } = state;
  giveValues(settled, state);
  const holders = new Set(Array.from(cells, ({ tensor }) => tensor));
  for (const { tensor } of [...(first?.keeps ?? []), ...before.keeps]) {
    if (!holders.has(tensor)) tensor.dispose();
  }
  const run = runOf(last, read, keeps);
  const uses = countUses(run.graph);
  return {
    ...run,
    build,
    first:
      first &&
      runOf(
        first,
        first.readKept.map(({ cell }) => cell!),
        firstKeeps,
      ),
    standing: conditionsOf({
      variables: [...new Set([...last.reads.keys(), ...last.writes.keys()])],
      read: [...last.reads].flatMap(([variable, value]) => (uses.has(value) ? variable : [])),
      captured: last.captured,
      cells: [...new Set([...read, ...keeps])],
      isCurrent,
      optimisers: last.optimisers,
    }),
  };
}

/** The cells of a step. */
interface CellsOf {
  /** By what the last passes read. */
  readonly read: readonly Cell[];
  /** By what they keep. */
  readonly keeps: readonly Cell[];
  /** By what the first pass keeps, if it did something else. */
  readonly firstKeeps: readonly Cell[];
  readonly cells: ReadonlySet<Cell>;
  /** Whether no other trace of the step has cells in the place of these since then. */
  isCurrent(): boolean;
}

function stateOf(step: StepFunction, { before, last, first }: Settled): CellsOf {
  const replaced = last.readKept.map((_, i) => replacementOf(before, last, i));
  const read = last.readKept.map(({ tensor }, i): Cell => {
    const cell: Cell = knownAt(i, last, before, first)?.cell ?? { tensor };
    const at = replaced[i];
    cell.tensor = at === undefined ? tensor : last.keeps[at]!.tensor;
    return cell;
  });
  const slots = written.get(step) ?? new Map<number, Cell>();
  written.set(step, slots);
  const keeps = last.keeps.map(({ tensor }, at): Cell => {
    const i = replaced.indexOf(at);
    if (i >= 0) return read[i]!;
    const slot = slots.get(at);
    const cell = slot !== undefined && isAlike(slot.tensor, tensor) ? slot : { tensor };
    cell.tensor = tensor;
    slots.set(at, cell);
    return cell;
  });
  const firstKeeps = (first?.keeps ?? []).map(({ tensor }): Cell => {
    const i = before.readKept.findIndex((other) => other.tensor === tensor);
    return i < 0 ? { tensor } : read[i]!;
  });
  return {
    ...{ read, keeps, firstKeeps, cells: new Set([...read, ...keeps, ...firstKeeps]) },
    isCurrent: () => keeps.every((cell, at) => read.includes(cell) || slots.get(at) === cell),
  };
}

/** What the passes read as their `i`th kept tensor, if that was a cell before. */
const knownAt = (i: number, ...passes: readonly (Pass | undefined)[]) =>
  passes.map((pass) => pass?.readKept[i]).find((read) => read?.cell !== undefined);

const isAlike = (a: tf.Tensor, b: tf.Tensor): boolean =>
  a.dtype === b.dtype && `${a.shape}` === `${b.shape}`;

/** Gives the cells' tensors the values that the first run begins with. */
function giveValues({ before, last, first, beginning }: Settled, state: CellsOf): void {
  const { read, keeps, firstKeeps, cells } = state;
  read.forEach((cell, i) => {
    const values =
      (beginning && arrayOf(beginning[i]!)) ??
      knownAt(i, last, before, first)?.read.values ??
      before.readKept[i]!.read.values;
    settle(cell.tensor, values ?? zerosOf(cell.tensor));
  });
  // What is only written has no values before the first run, unless something was in its place.
  const written = [...last.keeps, ...(first?.keeps ?? [])];
  [...keeps, ...firstKeeps].forEach((cell, at) => {
    settle(cell.tensor, written[at]!.before ?? zerosOf(cell.tensor));
  });
  for (const cell of cells) register(cell);
}

function zerosOf({ dtype, size }: tf.Tensor): HostArray {
  if (dtype === 'int32') return new Int32Array(size);
  return dtype === 'bool' ? new Uint8Array(size) : new Float32Array(size);
}

/** A pass as a graph, without the state that it reads, before there is any. */
export const draftOf = (pass: Pass): Graph =>
  runOf({ ...pass, reads: new Map(), readKept: [] }, [], pass.keeps).graph;

/**
 * A pass as a graph.
 *
 * @param read the cells of the kept tensors that it reads
 * @param keeps those of the tensors that it keeps
 */
function runOf(pass: Pass, read: readonly Cell[], keeps: readonly Cell[]): TracedRun {
  const state: State[] = [];
  const portOf = (holder: State): Port => {
    const known = state.indexOf(holder);
    return { kind: 'state', index: known < 0 ? state.push(holder) - 1 : known };
  };
  const named = (kind: 'input' | 'output', values: ReadonlyMap<string, Value>): PortValue[] =>
    Array.from(values, ([name, value]) => ({ port: { kind, name }, value }));
  const held = (values: Iterable<readonly [State, Value]>): PortValue[] =>
    Array.from(values, ([holder, value]) => ({ port: portOf(holder), value }));
  const inputs = [
    ...named('input', pass.inputs),
    ...held(pass.reads),
    ...held(pass.readKept.map(({ read: { value } }, i) => [read[i]!, value])),
    ...pass.supplies.map(({ value }, index) => ({
      port: { kind: 'supplied', index } as const,
      value,
    })),
  ];
  const outputs = [
    ...named('output', pass.outputs),
    ...held(pass.writes),
    ...held(pass.keeps.map(({ value }, at) => [keeps[at]!, value])),
  ];
  return {
    graph: { inputs, outputs },
    state,
    supplies: pass.supplies.map(({ supply }) => supply),
    optimisers: pass.optimisers,
  };
}
