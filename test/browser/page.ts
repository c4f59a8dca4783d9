/** What the tests call in a page. It is bundled, and puts its functions where they find them. */

import { checkpointBlob, openPageEngine, readCheckpoint, trainGan, wasmRuntime } from 'mixgan/web';
import * as ort from 'onnxruntime-web/wasm';
import { trainClassifierSteps } from './classifier.js';
import { config, data } from './trainings.js';

ort.env.wasm.wasmPaths = new URL('.', import.meta.url).href;

const engine = (threads: number) => openPageEngine(wasmRuntime(ort, { threads }));

const bytesOf = async (blob: Blob): Promise<number[]> => [
  ...new Uint8Array(await blob.arrayBuffer()),
];

const functions = {
  /** A whole training, or the rest of one; the bytes of its checkpoint, and the losses of its steps. */
  async gan(threads: number, steps: number, from?: readonly number[]) {
    const losses: number[] = [];
    const { checkpoint } = await trainGan({
      ...{ config: { ...config, steps }, data, engine: await engine(threads) },
      onMetrics: (record) => losses.push(record['generator.loss'] ?? record.step!),
      ...(from && { from: await readCheckpoint(new Blob([Uint8Array.from(from)]), 'given') }),
    });
    return { bytes: await bytesOf(await checkpointBlob(checkpoint)), losses };
  },
  async classifier(threads: number) {
    return trainClassifierSteps(await engine(threads));
  },
};

export type Functions = typeof functions;

Object.assign(globalThis, { functions });
