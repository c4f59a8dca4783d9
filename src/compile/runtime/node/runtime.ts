/**
 * onnxruntime on the cores of this machine.
 */
import { hostState } from '../../state/host.js';
import { targets } from '../../target.js';
import type { Runtime } from '../runtime.js';
import { createSession, modelOf, type SessionOptions } from './session.js';
import { createSplitSession } from './split-session.js';

export const nodeRuntime = (options: SessionOptions): Runtime => ({
  target: targets.cores,
  store: hostState,
  load: (graph) =>
    'part' in graph ? createSplitSession(graph, options) : createSession(modelOf(graph), options),
});
