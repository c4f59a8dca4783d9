/**
 * Compiling TensorFlow.js functions to ONNX: `import { compile } from 'mixgan/compile'`.
 * `README.md` beside this file is its documentation.
 */
export type { HostTensor, RunnableStep, StepFunction, StepTensors } from '../engine.js';
export { float32, int32, scalar } from '../engine.js';
export { compileStep as compile } from './compile.js';
export type { SessionOptions } from './session.js';
