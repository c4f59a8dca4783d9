/**
 * Compiled steps, and the training of GANs, in a browser's tab: `import { … } from 'mixgan/web'`.
 * Nothing here asks for Node. `docs/web.md` is its documentation.
 */

import '@tensorflow/tfjs-backend-cpu';
import * as layers from '@tensorflow/tfjs-layers';
import { lookForModels } from '../src/compile/trace/training.js';

export { classifierStep } from '../classifier/step.js';
export { type GanConfig, ganConfigSchema } from '../gan/config.js';
export { Gan } from '../gan/gan.js';
export { ganPresets } from '../gan/presets.js';
export { createSampler, drawLatents, type Sampler } from '../gan/sample.js';
export { discriminatorStep, generatorStep, probeStep } from '../gan/steps.js';
export type { CompiledStep, DrawOptions } from '../src/compile/compiled.js';
export { CompileError } from '../src/compile/errors.js';
export type { AnyRuntime, Runtime, Session, Values } from '../src/compile/runtime/runtime.js';
export type { OrtWeb } from '../src/compile/runtime/web/ort.js';
export {
  type WasmOptions,
  type WasmRuntime,
  wasmRuntime,
} from '../src/compile/runtime/web/wasm.js';
export {
  findPageGpu,
  type PageGpu,
  type WebgpuPageOptions,
  type WebgpuPageRuntime,
  webgpuRuntime,
} from '../src/compile/runtime/web/webgpu.js';
export type {
  HostTensor,
  RunnableStep,
  StepFunction,
  StepInput,
  StepTensors,
} from '../src/compile/step.js';
export { float32, int32, scalar, uint8 } from '../src/compile/step.js';
export { checkedDataset, type DatasetSplits, type ImageDataset } from '../src/data/dataset.js';
export type { Engine } from '../src/engine/engine.js';
export { DivergedError, EngineError, InputError, MixganError, UsageError } from '../src/errors.js';
export type { Picture } from '../src/image/png.js';
export type { Checkpoint, LoadedCheckpoint } from '../src/train/checkpoint-format.js';
export type { LoopResult } from '../src/train/loop.js';
export { type PageRun, runArchive } from './archive.js';
export { checkpointBlob, readCheckpoint } from './checkpoint.js';
export { type CompileOptions, compile } from './compile.js';
export { openPageEngine } from './engine.js';
export type { Watcher } from './record.js';
export { type TrainInPageOptions, trainGan } from './train.js';

// In a page, the models that steps may not train are those of this copy of TensorFlow.js.
lookForModels(() => [layers]);
