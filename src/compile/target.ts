/**
 * Targets: what the programs that graphs are made for can do.
 */

export interface Target {
  readonly name: string;
  /** The operators that it has beside ONNX's own, of the domain `com.microsoft`. */
  readonly ownOperators: ReadonlySet<string>;
  /** Whether a batch may be taken apart, to run its parts side by side. */
  readonly splits: boolean;
  /** Channels of the blocks in which it takes images, if it does: as many as its vectors hold. */
  readonly block?: number | undefined;
  /** Where variables live between runs: in this process, or in the model itself. */
  readonly state: 'host' | 'model';
  /** Whether all its functions are right; some of onnxruntime's are not (`passes/exact.ts`). */
  readonly exact: boolean;
}

const onnxruntimeOperators = new Set(['FusedMatMul']);

export const targets = {
  /** onnxruntime on the cores of this machine. */
  cores: {
    name: 'onnxruntime',
    ownOperators: onnxruntimeOperators,
    splits: true,
    state: 'host',
    exact: false,
  },
  /** onnxruntime-web, whose WebAssembly has the operators of its processor's. */
  wasm: {
    name: 'onnxruntime-web',
    ownOperators: onnxruntimeOperators,
    splits: false,
    state: 'host',
    exact: false,
  },
  /** An ONNX file, for whatever reads such files. */
  file: {
    name: 'an ONNX file',
    ownOperators: new Set<string>(),
    splits: false,
    state: 'model',
    exact: false,
  },
} as const satisfies Record<string, Target>;
