/**
 * onnxruntime-node on this machine's GPU, by WebGPU: Vulkan, Direct3D 12 or Metal.
 */
import type * as Ort from 'onnxruntime-node';
import type { ConstantValues, DType } from '../../graph/graph.js';
import { type Device, deviceState } from '../../state/device.js';
import { targets } from '../../target.js';
import {
  Copies,
  copying,
  createDeviceSession,
  deviceSettings,
  onDeviceAlone,
  tensorIn,
} from '../device.js';
import { refusalOf } from '../refusal.js';
import type { AnyRuntime, DeviceValues } from '../runtime.js';
import { loadNative, type NativeSession } from './at-once.js';
import { loadOrt } from './session.js';

export interface WebgpuOptions {
  /** Whether operations that WebGPU lacks may be left to the processor; they may when absent. */
  readonly fallback?: boolean | undefined;
}

/** The one GPU of this process. */
let gpu: Device | undefined;

function device(): Device {
  if (gpu !== undefined) return gpu;
  const copies = new Copies(loadOrt());
  const sessions = new Map<string, NativeSession>();
  const downloadNow = (values: DeviceValues): ConstantValues => {
    const x = tensorIn(values) as Ort.Tensor;
    const key = `${x.type} ${x.dims.length}`;
    try {
      let session = sessions.get(key);
      if (session === undefined) {
        session = new (loadNative().binding.InferenceSession)();
        const bytes = copying(x.type as DType, x.dims.length);
        session.loadModel(bytes.buffer, bytes.byteOffset, bytes.byteLength, {
          ...deviceSettings,
          preferredOutputLocation: 'cpu',
        });
        sessions.set(key, session);
      }
      return session.run({ x }, { y: null }, {}).y!.data as ConstantValues;
    } catch (thrown) {
      throw refusalOf('run', thrown);
    }
  };
  gpu = {
    upload: (values, tensor) => copies.upload(values, tensor),
    download: async (values) => downloadNow(values),
    downloadNow,
  };
  return gpu;
}

/** Variables stay on the GPU between steps, and are fetched when somebody reads them. */
export function webgpuRuntime({ fallback = true }: WebgpuOptions = {}): AnyRuntime {
  return {
    target: targets.gpu,
    store: deviceState(device()),
    load(graph) {
      if ('part' in graph) throw new Error(`${targets.gpu.name} takes no batch apart`);
      return createDeviceSession(loadOrt(), graph, fallback ? {} : onDeviceAlone);
    },
  };
}
