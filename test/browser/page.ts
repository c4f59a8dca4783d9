/** What the tests call in a page. It is bundled, and puts its functions where they find them. */

import {
  checkpointBlob,
  openPageEngine,
  readCheckpoint,
  trainGan,
  wasmRuntime,
  webgpuRuntime,
} from 'mixgan/web';
import * as ort from 'onnxruntime-web/wasm';
import * as ortGpu from 'onnxruntime-web/webgpu';
import { trainClassifierSteps } from './classifier.js';
import { config, data } from './trainings.js';

ort.env.wasm.wasmPaths = new URL('.', import.meta.url).href;
ortGpu.env.wasm.wasmPaths = ort.env.wasm.wasmPaths;

/** What computes: so many threads, or the GPU, which then has to do all of it. */
type Device = number | 'gpu';

const engine = async (device: Device) =>
  openPageEngine(
    device === 'gpu'
      ? await webgpuRuntime(ortGpu, { fallback: false })
      : wasmRuntime(ort, { threads: device }),
  );

const bytesOf = async (blob: Blob): Promise<number[]> => [
  ...new Uint8Array(await blob.arrayBuffer()),
];

const functions = {
  /** A whole training, or the rest of one; the bytes of its checkpoint, and the losses of its steps. */
  async gan(device: Device, steps: number, from?: readonly number[]) {
    const losses: number[] = [];
    const { checkpoint } = await trainGan({
      ...{ config: { ...config, steps }, data, engine: await engine(device) },
      onMetrics: (record) => losses.push(record['generator.loss'] ?? record.step!),
      ...(from && { from: await readCheckpoint(new Blob([Uint8Array.from(from)]), 'given') }),
    });
    return { bytes: await bytesOf(await checkpointBlob(checkpoint)), losses };
  },
  async classifier(device: Device) {
    return trainClassifierSteps(await engine(device));
  },
};

export type Functions = typeof functions;

Object.assign(globalThis, { functions });
