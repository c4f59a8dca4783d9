/**
 * One matrix product through XNNPACK, the only fast matrix product of the wasm backend (it serves
 * untransposed operands and one matrix at a time).
 */
import { type BackendWasm, withAlias } from './heap.js';

/** `out[M, N] = activation(a[M, K] · b[K, N] + bias[N])`, all float32; places are heap addresses. */
export interface Product {
  readonly a: number;
  readonly b: number;
  readonly out: number;
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
  readonly bias?: number | undefined;
  readonly activation?: ClampActivation | undefined;
}

/** The activations that XNNPACK applies while it writes; the values are those of the C++ side. */
export const clampActivations = { linear: 0, relu: 1, relu6: 2 } as const;

export type ClampActivation = keyof typeof clampActivations;

type FusedMatMul = (
  aId: number,
  aShape: Uint8Array,
  aRank: number,
  bId: number,
  bShape: Uint8Array,
  bRank: number,
  transposeA: number,
  transposeB: number,
  activation: number,
  biasId: number,
  preluWeightsId: number,
  leakyReluAlpha: number,
  outId: number,
) => void;

interface CallsByName {
  cwrap(name: string, returns: null, parameters: readonly string[]): FusedMatMul;
}

const fusedMatMulOf = new WeakMap<BackendWasm, FusedMatMul>();

/** Computes `product`. */
export function multiply(backend: BackendWasm, product: Product): void {
  const { a, b, out, rows, inner, columns, bias, activation = 'linear' } = product;
  const fusedMatMul = fusedMatMulFor(backend);
  const run = (aId: number, bId: number, biasId: number, outId: number) =>
    fusedMatMul(
      ...([aId, shapeBytes(rows, inner), 3, bId, shapeBytes(inner, columns), 3] as const),
      ...([0, 0, clampActivations[activation], biasId, 0, 0, outId] as const),
    );
  // The C++ side keeps the packed form of `b` under the ids of `b` and `bias` until one of them is
  // disposed, and does not look at shapes: under a borrowed id it neither outlives this call nor
  // is mistaken for the same memory in another shape.
  withAlias(backend, a, rows * inner, (aId) =>
    withAlias(backend, b, inner * columns, (bId) =>
      withAlias(backend, out, rows * columns, (outId) =>
        bias === undefined
          ? run(aId, bId, 0, outId)
          : withAlias(backend, bias, columns, (biasId) => run(aId, bId, biasId, outId)),
      ),
    ),
  );
}

function fusedMatMulFor(backend: BackendWasm): FusedMatMul {
  let fusedMatMul = fusedMatMulOf.get(backend);
  if (fusedMatMul === undefined) {
    const number = 'number';
    fusedMatMul = (backend.wasm as unknown as CallsByName).cwrap('_FusedMatMul', null, [
      ...[number, 'array', number, number, 'array', number],
      ...[number, number, number, number, number, number, number],
    ]);
    fusedMatMulOf.set(backend, fusedMatMul);
  }
  return fusedMatMul;
}

function shapeBytes(rows: number, columns: number): Uint8Array {
  return new Uint8Array(Int32Array.of(1, rows, columns).buffer);
}
