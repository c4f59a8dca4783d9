/** What the task, not the architecture, decides about a model. */
export interface ModelSizes {
  /** [H, W, C_in] */
  readonly imageShape: readonly [number, number, number];
  /** Length of the logits. */
  readonly numClasses: number;
}
