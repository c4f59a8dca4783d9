/**
 * onnxruntime on the cores of this machine.
 */
import { CompileError } from '../../errors.js';
import type { Group } from '../../group.js';
import { hostState } from '../../state/host.js';
import { targets } from '../../target.js';
import { modelOf } from '../model.js';
import type { Runtime } from '../runtime.js';
import { findBlock } from './blocks.js';
import { createSession } from './session.js';
import { createSplitSession, lanesFor, type SplitOptions } from './split-session.js';

/** @throws CompileError when `threads` is not a number of threads, or `group` none of processes */
export function nodeRuntime(options: SplitOptions): Runtime {
  const { threads = 1 } = options;
  if (!Number.isInteger(threads) || threads < 1) {
    throw new CompileError(`a step runs on one thread or more, not on ${threads}`);
  }
  checkGroup(options.group);
  const target = { ...targets.cores, processes: options.group?.size };
  return {
    target,
    findTarget: async () => ({ ...target, block: await findBlock() }),
    store: hostState,
    load: (graph) =>
      'part' in graph ? createSplitSession(graph, options) : createSession(modelOf(graph), options),
    expect: (parts) => void lanesFor(parts, options),
  };
}

function checkGroup(group: Group | undefined): void {
  if (group === undefined) return;
  const { rank, size } = group;
  if (Number.isInteger(size) && Number.isInteger(rank) && 0 <= rank && rank < size) return;
  throw new CompileError(`in a group of ${size} processes there is no rank ${rank}`);
}
