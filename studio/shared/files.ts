/** Files of onnxruntime beside the page. */
export const wasmFile = 'ort.wasm.gz';
/** Some servers know no `.mjs`, and send it as something that browsers do not run. */
export const ortScript = 'ort.js';

/** Holds the page that trains a GAN by itself, in the browser. */
export const tabFolder = 'tab';
