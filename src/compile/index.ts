/**
 * Compiling TensorFlow.js functions to ONNX: `import { compile } from 'mixgan/compile'`.
 * `README.md` beside this file is its documentation.
 */

export { compileStep as compile } from './compile.js';
export type { SessionOptions } from './runtime/node/session.js';
export type { HostTensor, RunnableStep, StepFunction, StepInput, StepTensors } from './step.js';
export { float32, int32, scalar, uint8 } from './step.js';
