/** What the operands of some kernels have to be, where the lowering itself does not ask. */
import type { Value } from '../graph/graph.js';
import { type KernelCall, UnsupportedOption } from './lowering.js';

type Operands = KernelCall['inputs'];

/**
 * Kernels that compute with numbers. Of truth values the `cpu` backend makes bytes, which wrap: casts
 * say what is meant.
 */
const numeric: readonly string[] = [
  ...['Abs', 'Neg', 'Relu', 'Relu6', 'LeakyRelu', 'Sign', 'Step', 'Square', 'ClipByValue'],
  ...['Log1p', 'Expm1', 'Atan2', 'AddN', 'RealDiv', 'FloorDiv', 'Mod', 'SquaredDifference'],
  ...['BatchMatMul', '_FusedMatMul', 'Einsum', 'Conv3D', 'ScatterNd', 'Prelu'],
];

/** Kernels of floats, for which the `cpu` backend makes integers that are none. */
const float: readonly string[] = ['FusedBatchNorm', 'LRN', 'LRNGrad'];

/** Kernels that have no operands of different types, and are not given any by tf's own operations. */
const alike: readonly string[] = ['Conv3D', 'Einsum'];

/** Kernels that go along an axis. */
const ofAxes: readonly string[] = ['Cumsum', 'Cumprod'];

type Check = (operands: Operands) => void;

function refuse(what: string): never {
  throw new UnsupportedOption(what);
}

const without =
  (isRefused: (dtype: Value['dtype']) => boolean): Check =>
  (operands) => {
    const odd = Object.values(operands).find(({ dtype }) => isRefused(dtype));
    if (odd !== undefined) refuse(`${odd.dtype} operands`);
  };

const each = (kernels: readonly string[], check: Check): [string, Check][] =>
  kernels.map((kernelName) => [kernelName, check]);

const checks: readonly [string, Check][] = [
  ...each(
    numeric,
    without((dtype) => dtype === 'bool'),
  ),
  ...each(
    float,
    without((dtype) => dtype !== 'float32'),
  ),
  ...each(alike, (operands) => {
    const found = new Set(Object.values(operands).map(({ dtype }) => dtype));
    if (found.size > 1) refuse(`${[...found].join(' with ')} operands`);
  }),
  ...each(ofAxes, ({ x }) => {
    if (x!.shape.length === 0) refuse('a scalar');
  }),
];

/** @throws UnsupportedOption where a kernel is not compiled for such operands */
export function checkOperands(kernelName: string, operands: Operands): void {
  for (const [name, check] of checks) if (name === kernelName) check(operands);
}
