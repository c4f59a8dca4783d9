import { broadcastAt, type Call, fill, floatOf, type Kernel, type KernelTable } from './kernel.js';

type Unary = (x: number) => number;
type Binary = (a: number, b: number) => number;

const unary =
  (f: Unary): Kernel =>
  ({ inputs }) => [Float64Array.from(inputs[0]!.values, f)];

const binary =
  (f: (call: Call) => Binary): Kernel =>
  (call) => {
    const [a, b] = call.inputs;
    const combine = f(call);
    return [
      fill(call.outputs[0]!.shape, (index) =>
        combine(broadcastAt(a!, index), broadcastAt(b!, index)),
      ),
    ];
  };

const always =
  (f: (a: number, b: number) => number | boolean): ((call: Call) => Binary) =>
  () =>
  (a, b) =>
    Number(f(a, b));

const isInteger = ({ inputs }: Call): boolean => !inputs[0]!.dtype.startsWith('float');

/** Halves to the even neighbour. */
function round(x: number): number {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}

/** erf x = 2 / √π · e^(−x²) · Σ 2ⁿ · x^(2n + 1) / (1 · 3 · … · (2n + 1)) */
export function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let [sum, term] = [0, x];
  for (let n = 0; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    sum += term;
    term *= (2 * x * x) / (2 * n + 3);
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

const [seluScale, seluAlpha] = [1.0507009873554805, 1.6732632423543772];

const unaries: Readonly<Record<string, Unary>> = {
  Neg: (x) => -x,
  Abs: Math.abs,
  Sign: Math.sign,
  Sqrt: Math.sqrt,
  Reciprocal: (x) => 1 / x,
  Exp: Math.exp,
  Log: Math.log,
  Tanh: Math.tanh,
  Sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  Softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  Relu: (x) => Math.max(0, x),
  Selu: (x) => seluScale * (x > 0 ? x : seluAlpha * Math.expm1(x)),
  Erf: erf,
  Sin: Math.sin,
  Cos: Math.cos,
  Tan: Math.tan,
  Asin: Math.asin,
  Acos: Math.acos,
  Atan: Math.atan,
  Sinh: Math.sinh,
  Cosh: Math.cosh,
  Asinh: Math.asinh,
  Acosh: Math.acosh,
  Atanh: Math.atanh,
  Floor: Math.floor,
  Ceil: Math.ceil,
  Round: round,
  Not: (x) => 1 - x,
  IsNaN: (x) => Number(Number.isNaN(x)),
  IsInf: (x) => Number(Math.abs(x) === Number.POSITIVE_INFINITY),
  // The type of the output does it.
  Cast: (x) => x,
  Identity: (x) => x,
};

export const elementwise: KernelTable = {
  ...Object.fromEntries(Object.entries(unaries).map(([op, f]) => [op, unary(f)])),
  Elu: ({ inputs, attributes }) => {
    const alpha = floatOf(attributes.alpha, 1);
    return [Float64Array.from(inputs[0]!.values, (x) => (x > 0 ? x : alpha * Math.expm1(x)))];
  },
  Clip: ({ inputs: [x, low, high] }) => {
    const [least, most] = [low!.values[0]!, high!.values[0]!];
    return [Float64Array.from(x!.values, (value) => Math.min(Math.max(value, least), most))];
  },

  Add: binary(always((a, b) => a + b)),
  Sub: binary(always((a, b) => a - b)),
  Mul: binary((call) => (isInteger(call) ? Math.imul : (a, b) => a * b)),
  Div: binary((call) => (isInteger(call) ? (a, b) => Math.trunc(a / b) : (a, b) => a / b)),
  Max: binary(always(Math.max)),
  Min: binary(always(Math.min)),
  Pow: binary(always((a, b) => a ** b)),
  // With the sign of the divisor, or of the dividend.
  Mod: binary(({ attributes }) =>
    attributes.fmod === 1 ? (a, b) => a % b : (a, b) => ((a % b) + b) % b,
  ),

  Equal: binary(always((a, b) => a === b)),
  Greater: binary(always((a, b) => a > b)),
  GreaterOrEqual: binary(always((a, b) => a >= b)),
  Less: binary(always((a, b) => a < b)),
  LessOrEqual: binary(always((a, b) => a <= b)),
  And: binary(always((a, b) => a & b)),
  Or: binary(always((a, b) => a | b)),
  Xor: binary(always((a, b) => a ^ b)),
  BitwiseAnd: binary(always((a, b) => a & b)),

  Where: ({ inputs: [condition, a, b], outputs }) => [
    fill(outputs[0]!.shape, (index) =>
      broadcastAt(broadcastAt(condition!, index) === 0 ? b! : a!, index),
    ),
  ],
};
