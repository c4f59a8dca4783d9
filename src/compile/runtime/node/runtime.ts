/**
 * onnxruntime on the cores of this machine.
 */
import { CompileError } from '../../errors.js';
import { hostState } from '../../state/host.js';
import { targets } from '../../target.js';
import { modelOf } from '../model.js';
import type { Runtime } from '../runtime.js';
import { findBlock } from './blocks.js';
import { createSession, type SessionOptions } from './session.js';
import { createSplitSession, lanesFor } from './split-session.js';

/** @throws CompileError when `threads` is not a number of threads */
export function nodeRuntime(options: SessionOptions): Runtime {
  const { threads = 1 } = options;
  if (!Number.isInteger(threads) || threads < 1) {
    throw new CompileError(`a step runs on one thread or more, not on ${threads}`);
  }
  return {
    target: targets.cores,
    findTarget: async () => ({ ...targets.cores, block: await findBlock() }),
    store: hostState,
    load: (graph) =>
      'part' in graph ? createSplitSession(graph, options) : createSession(modelOf(graph), options),
    expect: (parts) => void lanesFor(parts, options),
  };
}
