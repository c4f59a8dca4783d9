/** onnxruntime-web's WebAssembly, as Node runs it; `test/browser` has it in a browser. */
import * as ort from 'onnxruntime-web';
import { expect, it } from 'vitest';
import { wasmRuntime } from '../../../src/compile/runtime/web/wasm.js';

it('computes on as many threads as it is asked to, once and for all', () => {
  expect(wasmRuntime(ort, { threads: 2 })).toMatchObject({
    threads: 2,
    devices: ['WebAssembly (2 threads)'],
  });
  expect(wasmRuntime(ort, { threads: 2 }).threads).toBe(2);
  expect(() => wasmRuntime(ort, { threads: 1 })).toThrow(
    'this onnxruntime-web computes on 2 threads already, and can no longer change to 1',
  );
  expect(() => wasmRuntime(ort, { threads: 0 })).toThrow(
    'a step runs on one thread or more, not on 0',
  );
});
