/** A model as the page runs it: `data/runs/KEY/model.json`, beside `model.onnx`. */
export interface ModelInfo {
  /** Of the checkpoint that it was made of. */
  readonly step: number;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** Of its images: [H, W, C]; absent where the run does not say. */
  readonly imageShape?: readonly [number, number, number];
  /** Of the images that it was trained on; whether one is asked for is told by the input `label`. */
  readonly classNames: readonly string[];
  /** Attributes whose values, one after the other, the input `label` is of; absent where it is of classes. */
  readonly attributes?: readonly { readonly name: string; readonly values: readonly string[] }[];
}

/** An input or output by its name; its first length is `batch`. All are float32. */
export interface Port {
  readonly name: string;
  readonly shape: readonly (number | 'batch')[];
}
