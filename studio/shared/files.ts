/** Files of onnxruntime beside the page. */
export const wasmFile = 'ort.wasm.gz';
export const ortScript = 'ort-wasm-simd-threaded.mjs';
