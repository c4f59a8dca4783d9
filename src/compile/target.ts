/**
 * Targets: what the programs that graphs are made for can do.
 */

export interface Target {
  readonly name: string;
  /** The operators that it has beside ONNX's own, of the domain `com.microsoft`. */
  readonly ownOperators: ReadonlySet<string>;
  /** Whether a batch may be taken apart, to run its parts side by side. */
  readonly splits: boolean;
  /** How many processes run a step together, each some parts of its batch; one when absent. */
  readonly processes?: number | undefined;
  /** Channels of the blocks in which it takes images, if it does: as many as its vectors hold. */
  readonly block?: number | undefined;
  /** Where variables live between runs: in this process, on a device, or in the model itself. */
  readonly state: 'host' | 'device' | 'model';
  /** Whether all its functions are right; some of onnxruntime's are not (`passes/exact.ts`). */
  readonly exact: boolean;
  /**
   * Operators that stay as they are although they are not right, for want of those that would be: none
   * when absent.
   */
  readonly left?: ReadonlySet<string>;
  /** How many values an operator may take and make, in all; any number when absent. */
  readonly mostBuffers?: number;
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
  /** onnxruntime on NVIDIA's GPUs, which has the operators of its processor's. */
  cuda: {
    name: 'onnxruntime on CUDA',
    ownOperators: onnxruntimeOperators,
    splits: false,
    state: 'host',
    exact: false,
  },
  /** onnxruntime on a GPU, by WebGPU, whose operators are ONNX's own, and not all of them. */
  gpu: {
    name: 'onnxruntime on WebGPU',
    ownOperators: new Set<string>(),
    splits: false,
    state: 'device',
    exact: false,
    // It has neither NaN, nor integers of 64 bits.
    left: new Set(['ReduceMax', 'ReduceMin', 'ReduceSum', 'ReduceProd']),
    mostBuffers: 8,
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
