/**
 * Models that run in the page, on onnxruntime's WebAssembly. One thread does: small models lose more by
 * waiting for others than they gain, and the threads may be busy training.
 */
import type * as Ort from 'onnxruntime-web/wasm';
import { ortScript, wasmFile } from '../../shared/files.js';
import type { ModelInfo } from '../../shared/model.js';
import { getBytes, getJson, runPath, ServerError } from './server.js';

export interface PageModel {
  readonly info: ModelInfo;
  /**
   * @param inputs by name, each with as many values as `count` examples take
   * @returns the first output, `count` examples after each other
   */
  run(inputs: Readonly<Record<string, Float32Array>>, count?: number): Promise<Float32Array>;
  close(): Promise<void>;
}

let runtime: Promise<typeof Ort> | undefined;

async function openRuntime(): Promise<typeof Ort> {
  const [ort, wasm] = await Promise.all([import('onnxruntime-web/wasm'), fetchWasm()]);
  ort.env.wasm.wasmBinary = wasm;
  ort.env.wasm.wasmPaths = { mjs: new URL(ortScript, document.baseURI).href };
  ort.env.wasm.numThreads = 1;
  return ort;
}

async function fetchWasm(): Promise<ArrayBuffer> {
  const response = await fetch(wasmFile).catch(() => undefined);
  if (!response?.ok) throw new ServerError(`${wasmFile} is not beside the page`);
  const bytes = await response.arrayBuffer();
  const [first, second] = new Uint8Array(bytes);
  // Some servers declare the compression, and the browser has undone it.
  if (first !== 0x1f || second !== 0x8b) return bytes;
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(plain).arrayBuffer();
}

/**
 * The model of a run as it is now; the server makes it of the checkpoint, which takes a second or two.
 * @throws ServerError with a line for the visitor
 */
export async function openModel(key: string): Promise<PageModel> {
  runtime ??= openRuntime();
  // Where it could not be fetched, the next one tries again.
  runtime.catch(() => {
    runtime = undefined;
  });
  const info = await getJson<ModelInfo>(runPath(key, 'model.json'));
  const [ort, bytes] = await Promise.all([runtime, getBytes(runPath(key, 'model.onnx'))]);
  const session = await ort.InferenceSession.create(bytes, { executionProviders: ['wasm'] });
  const output = info.outputs[0]!.name;
  // Two runs of one session at a time are an error there.
  let last: Promise<unknown> = Promise.resolve();
  return {
    info,
    run(inputs, count = 1) {
      const next = last.then(async () => {
        const feeds = Object.fromEntries(
          info.inputs.map(({ name, shape }) => {
            const dims = shape.map((length) => (length === 'batch' ? count : length));
            return [name, new ort.Tensor('float32', inputs[name]!, dims)];
          }),
        );
        const results = await session.run(feeds);
        return results[output]!.data as Float32Array;
      });
      last = next.catch(() => undefined);
      return next;
    },
    async close() {
      await last;
      await session.release();
    },
  };
}
