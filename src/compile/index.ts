/**
 * Compiling TensorFlow.js functions to ONNX: `import { compile } from 'mixgan/compile'`.
 * `README.md` beside this file is its documentation.
 */

export { type AccelerateOptions, accelerate, restore } from './accelerate/accelerate.js';
export { type CompileOptions, compileStep as compile, endThreads as dispose } from './compile.js';
export type { CompiledStep, DrawOptions } from './compiled.js';
export { CompileError } from './errors.js';
export {
  type ConstantValues,
  type Graph,
  type NamedGraph,
  type Node,
  nodesOf,
  type PortValue,
  type Value,
} from './graph/graph.js';
export type { Port } from './graph/port.js';
export type { Group } from './group.js';
export type { Piece, SplitGraph } from './passes/split/split-graph.js';
export { encodeOnnx } from './runtime/encode.js';
export { cudaRuntime } from './runtime/node/cuda.js';
export { type WebgpuOptions, webgpuRuntime } from './runtime/node/webgpu.js';
export type { AnyRuntime, DeviceValues, Runtime, Session, Values } from './runtime/runtime.js';
export { hostState } from './state/host.js';
export type { Pending, StateStore } from './state/store.js';
export type { HostTensor, RunnableStep, StepFunction, StepInput, StepTensors } from './step.js';
export { float32, int32, scalar, uint8 } from './step.js';
export { type Target, targets } from './target.js';
