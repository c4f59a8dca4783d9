/**
 * Complex numbers, which onnxruntime does not compute with: a tensor of them is a pair of tensors.
 */
import type { Builder } from '../graph/builder.js';
import type { Value } from '../graph/graph.js';
import { sizeOf } from '../graph/shapes.js';
import { elementwise } from './elementwise.js';
import type { KernelCall } from './lowering.js';
import { shape } from './shape.js';

/** A tensor of complex numbers. */
export interface Complex {
  readonly real: Value;
  readonly imaginary: Value;
}

/** A call of a kernel that is given complex numbers, or makes some. */
export interface ComplexCall extends Pick<KernelCall, 'attrs' | 'build'> {
  readonly inputs: Readonly<Record<string, Value | Complex>>;
}

export type ComplexLowering = (call: ComplexCall) => Value | Complex;

export const isComplex = (value: object): value is Complex => 'imaginary' in value;

/** Real numbers among complex ones. */
function asComplex(build: Builder, x: Value | Complex): Complex {
  if (isComplex(x)) return x;
  return { real: build.cast(x, 'float32'), imaginary: build.splat('float32', x.shape, 0) };
}

type Operands = Readonly<Record<string, Complex>>;

/** A kernel by what it makes of the real and imaginary parts of its inputs. */
const lower =
  (f: (operands: Operands, call: ComplexCall) => Value | Complex): ComplexLowering =>
  (call) => {
    const entries = Object.entries(call.inputs);
    return f(
      Object.fromEntries(entries.map(([name, x]) => [name, asComplex(call.build, x)])),
      call,
    );
  };

/** A kernel that moves numbers and computes none, of both parts alike. */
const moved = (kernelName: string): ComplexLowering =>
  lower((operands, { attrs, build }) => {
    const part = (name: 'real' | 'imaginary'): Value => {
      const inputs = Object.entries(operands).map(([key, x]) => [key, x[name]]);
      return shape[kernelName]!({ inputs: Object.fromEntries(inputs), attrs, build }) as Value;
    };
    return { real: part('real'), imaginary: part('imaginary') };
  });

const termwise = (op: 'add' | 'sub'): ComplexLowering =>
  lower(({ a, b }, { build }) => ({
    real: build[op](a!.real, b!.real),
    imaginary: build[op](a!.imaginary, b!.imaginary),
  }));

/** The discrete Fourier transform of rows [B, N]. */
const fourier = (inverse: 0 | 1): ComplexLowering =>
  lower(({ input }, { build }) => {
    const { real, imaginary } = input!;
    const { shape } = real;
    if (sizeOf(shape) === 0) return input!;
    const parts = [real, imaginary].map((x) => build.reshape(x, [...shape, 1]));
    const length = shape.at(-1)!;
    // By powers of two onnxruntime is exact to the last bits; by others only in double precision.
    const dtype = Number.isInteger(Math.log2(length)) ? 'float32' : 'float64';
    const pairs = build.cast(build.concat(parts, shape.length), dtype);
    const axis = build.splat('int64', [], shape.length - 1);
    const result = build.op('DFT', [pairs, undefined, axis], pairs, { inverse });
    const [re, im] = build.split(build.cast(result, 'float32'), shape.length, [1, 1]);
    return { real: build.reshape(re!, shape), imaginary: build.reshape(im!, shape) };
  });

/** Every kernel that can be compiled for complex numbers, by name. */
export const complexLowerings: Readonly<Record<string, ComplexLowering>> = {
  Complex: ({ inputs: { real, imag } }) => ({ real: real as Value, imaginary: imag as Value }),
  Real: lower(({ input }) => input!.real),
  Imag: lower(({ input }) => input!.imaginary),
  // |x| = m · √((re / m)² + (im / m)²), whose squares neither overflow nor vanish.
  ComplexAbs: lower(({ x }, { build }) => {
    const parts = [x!.real, x!.imaginary].map((part) => build.unary('Abs', part)) as [Value, Value];
    const most = build.binary('Max', ...parts);
    const isZero = build.compare('Equal', most, build.scalar(0));
    const scale = build.where(isZero, build.scalar(1), most);
    const [a, b] = parts.map((part) => build.div(part, scale)) as [Value, Value];
    const length = build.unary('Sqrt', build.add(build.mul(a, a), build.mul(b, b)));
    return build.mul(scale, length);
  }),
  FFT: fourier(0),
  IFFT: fourier(1),
  Add: termwise('add'),
  Sub: termwise('sub'),
  Multiply: lower(({ a, b }, { build }) => ({
    real: build.sub(build.mul(a!.real, b!.real), build.mul(a!.imaginary, b!.imaginary)),
    imaginary: build.add(build.mul(a!.real, b!.imaginary), build.mul(a!.imaginary, b!.real)),
  })),
  Identity: moved('Identity'),
  Reshape: moved('Reshape'),
  ExpandDims: moved('ExpandDims'),
  Concat: moved('Concat'),
  Pack: moved('Pack'),
  ZerosLike: moved('ZerosLike'),
  OnesLike: lower(({ x }, { build }) => ({
    real: build.splat('float32', x!.real.shape, 1),
    imaginary: build.splat('float32', x!.real.shape, 0),
  })),
  Cast: lower(({ x }, { attrs, build }) =>
    attrs.dtype === 'complex64'
      ? x!
      : (elementwise.Cast!({ inputs: { x: x!.real }, attrs, build }) as Value),
  ),
};
