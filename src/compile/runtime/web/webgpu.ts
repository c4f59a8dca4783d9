/**
 * The GPU of a visitor's machine, by onnxruntime-web's WebGPU.
 */
import { CompileError } from '../../errors.js';
import { type Device, deviceState } from '../../state/device.js';
import { targets } from '../../target.js';
import { Copies, createDeviceSession, onDeviceAlone } from '../device.js';
import type { AnyRuntime } from '../runtime.js';
import type { OrtWeb } from './ort.js';

export interface PageGpu {
  /** In words: `nvidia ampere`. */
  readonly name: string;
  /** Whether the processor stands in for a GPU, which is for tests. */
  readonly isSoftware: boolean;
}

export interface WebgpuPageOptions {
  /** Whether operations that WebGPU lacks may be left to the processor; they may when absent. */
  readonly fallback?: boolean | undefined;
}

/** Variables of its programs are on the GPU between runs, and can only be waited for. */
export type WebgpuPageRuntime = AnyRuntime & {
  /** In words: `['WebGPU (nvidia ampere)']`. */
  readonly devices: readonly string[];
};

/** The little that is asked of a browser's WebGPU (https://www.w3.org/TR/webgpu/#gpuadapter). */
interface Gpu {
  requestAdapter(): Promise<{
    readonly isFallbackAdapter?: boolean;
    readonly info?: {
      readonly vendor?: string;
      readonly architecture?: string;
      readonly isFallbackAdapter?: boolean;
    };
  } | null>;
}

/** The GPU that a page, or a worker of it, may compute on; undefined where there is none. */
export async function findPageGpu(): Promise<PageGpu | undefined> {
  const { gpu } = (globalThis as { readonly navigator?: { readonly gpu?: Gpu } }).navigator ?? {};
  const adapter = await gpu?.requestAdapter().catch(() => null);
  if (adapter == null) return undefined;
  const { vendor = '', architecture = '', isFallbackAdapter } = adapter.info ?? {};
  return {
    name: [vendor, architecture].filter((word) => word !== '').join(' '),
    isSoftware:
      (isFallbackAdapter ?? adapter.isFallbackAdapter) === true || architecture === 'swiftshader',
  };
}

/** The one GPU of each onnxruntime. */
const devices = new WeakMap<object, Device>();

function deviceOf(ort: OrtWeb): Device {
  let device = devices.get(ort.env);
  if (device === undefined) {
    const copies = new Copies(ort);
    device = {
      upload: (values, tensor) => copies.upload(values, tensor),
      download: (values) => copies.download(values),
    };
    devices.set(ort.env, device);
  }
  return device;
}

/**
 * Variables stay on the GPU between steps; `await variable.data()` fetches one, and nothing else does.
 *
 * @param ort `onnxruntime-web/webgpu`; where its files lie, it is told by `ort.env.wasm.wasmPaths`
 * @throws CompileError when the browser has no WebGPU, or no adapter for it
 */
export async function webgpuRuntime(
  ort: OrtWeb,
  { fallback = true }: WebgpuPageOptions = {},
): Promise<WebgpuPageRuntime> {
  const gpu = await findPageGpu();
  if (gpu === undefined) {
    throw new CompileError(
      'this browser offers pages no GPU by WebGPU: use wasmRuntime, or another browser',
    );
  }
  // Nothing but what WebGPU lacks is computed there.
  ort.env.wasm.numThreads = 1;
  return {
    target: targets.gpu,
    store: deviceState(deviceOf(ort)),
    devices: [gpu.name === '' ? 'WebGPU' : `WebGPU (${gpu.name})`],
    load: (graph) => {
      if ('part' in graph) throw new Error(`${targets.gpu.name} takes no batch apart`);
      return createDeviceSession(ort, graph, fallback ? {} : onDeviceAlone);
    },
  };
}
