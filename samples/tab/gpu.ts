/**
 * The page's GPU, loaded only where there is one: onnxruntime's WebGPU is larger than all the rest.
 */
import { openPageEngine, webgpuRuntime } from 'mixgan/web';
import * as ort from 'onnxruntime-web/webgpu';
import { gpuScript } from './files.js';

/** @param wasm the build of onnxruntime that knows WebGPU */
export async function openGpu(wasm: ArrayBuffer) {
  ort.env.wasm.wasmBinary = wasm;
  ort.env.wasm.wasmPaths = { mjs: new URL(gpuScript, self.location.href).href };
  return openPageEngine(await webgpuRuntime(ort));
}
