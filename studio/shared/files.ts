/** Files of onnxruntime beside the page. */
export const wasmFile = 'ort.wasm.gz';
/** Some servers know no `.mjs`, and send it as something that browsers do not run. */
export const ortScript = 'ort.js';
