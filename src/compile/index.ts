/**
 * Compiling TensorFlow.js functions to ONNX: `import { compile } from 'mixgan/compile'`.
 * `README.md` beside this file is its documentation.
 */

export { type CompileOptions, compileStep as compile, endThreads as dispose } from './compile.js';
export { CompileError } from './errors.js';
export type { Runtime, Session } from './runtime/runtime.js';
export type { HostTensor, RunnableStep, StepFunction, StepInput, StepTensors } from './step.js';
export { float32, int32, scalar, uint8 } from './step.js';
export { type Target, targets } from './target.js';
