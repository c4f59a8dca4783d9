/**
 * What is used of onnxruntime-web. A page imports the build of it that it needs, and hands it over: the
 * builds differ in what they can do, and by megabytes.
 */
import type * as Ort from 'onnxruntime-web';
import type { ConstantValues } from '../../graph/graph.js';
import type { Terminal } from '../model.js';

/** `onnxruntime-web/wasm`, `onnxruntime-web/webgpu`, … */
export type OrtWeb = Pick<typeof Ort, 'env' | 'InferenceSession' | 'Tensor'>;

/** Values in this page's memory as onnxruntime takes them. */
export const tensorOf = (
  ort: OrtWeb,
  { dtype, shape }: Terminal,
  values: ConstantValues,
): Ort.Tensor => new ort.Tensor(dtype, values as Float32Array, shape);

/** Whether memory can be shared with threads; Node has no word for it, since it always can. */
export const isIsolated = (): boolean =>
  (globalThis as { readonly crossOriginIsolated?: boolean }).crossOriginIsolated !== false;
