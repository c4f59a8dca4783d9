/**
 * The files that the page fetches, all beside it, compressed: a visitor downloads the same few
 * megabytes from any server.
 */

export const digitsFile = 'digits.bin.gz';
export const wasmFile = 'ort.wasm.gz';
export const ortScript = 'ort-wasm-simd-threaded.mjs';

/** The first bytes of the digits' file: how many train, how many are held out, and their side. */
export const headerWords = 3;
