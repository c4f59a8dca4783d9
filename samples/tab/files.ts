/**
 * The files that the page fetches, all beside it, compressed: a visitor downloads the same few
 * megabytes from any server.
 */

export const digitsFile = 'digits.bin.gz';
export const wasmFile = 'ort.wasm.gz';
export const ortScript = 'ort-wasm-simd-threaded.mjs';
/** Those that are fetched where there is a GPU. */
export const gpuWasmFile = 'ort-gpu.wasm.gz';
export const gpuScript = 'ort-wasm-simd-threaded.asyncify.mjs';

/** The first bytes of the digits' file: how many train, how many are held out, and their side. */
export const headerWords = 3;
