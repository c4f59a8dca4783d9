/**
 * A small assembler for WebAssembly loops over float32 vectors. The stock backend runs several
 * elementwise kernels as scalar library calls; these loops work on the same memory, four values at
 * a time. Opcodes: the WebAssembly core specification 2.0, binary format, vector instructions.
 */

/** Instructions that leave one value on the stack. */
export type Code = readonly number[];

const vectorBytes = 16;

const instruction = {
  ...{ loop: 0x03, end: 0x0b, branchIf: 0x0d, localGet: 0x20, localSet: 0x21, localTee: 0x22 },
  ...{ i32Const: 0x41, i32LessUnsigned: 0x49, i32Add: 0x6a },
} as const;
const sectionId = { type: 1, import: 2, function: 3, export: 7, code: 10 } as const;
const emptyBlockType = 0x40;
const type = { i32: 0x7f, f32: 0x7d, v128: 0x7b, function: 0x60 } as const;

const vectorOp = (opcode: number): Code => [0xfd, ...unsigned(opcode)];
const binary = (opcode: number) => (a: Code, b: Code) => [...a, ...b, ...vectorOp(opcode)];
const unary = (opcode: number) => (a: Code) => [...a, ...vectorOp(opcode)];
const shift = (opcode: number) => (a: Code, places: number) => [
  ...[...a, instruction.i32Const, places],
  ...vectorOp(opcode),
];

export const add = binary(0xe4);
export const sub = binary(0xe5);
export const mul = binary(0xe6);
export const div = binary(0xe7);
export const min = binary(0xe8);
export const max = binary(0xe9);
export const abs = unary(0xe0);
export const nearest = unary(0x6a);
export const toInt = unary(0xf8);
export const less = binary(0x43);
export const addInt = binary(0xae);
export const subInt = binary(0xb1);
export const shiftLeft = shift(0xab);
export const shiftRight = shift(0xac);
export const and = binary(0x4e);
export const or = binary(0x50);

/** `mask ? a : b`, bit by bit. */
export const select = (mask: Code, a: Code, b: Code): Code => [
  ...a,
  ...b,
  ...mask,
  ...vectorOp(0x52),
];

/** Four copies of a float32. */
export function constant(value: number): Code {
  return bits(new Uint8Array(Float32Array.of(value, value, value, value).buffer));
}

/** Four copies of an int32. */
export function integer(value: number): Code {
  return bits(new Uint8Array(Int32Array.of(value, value, value, value).buffer));
}

function bits(bytes: Uint8Array): Code {
  return [...vectorOp(0x0c), ...bytes];
}

/** Where the body of a loop finds its operands and keeps what it needs more than once. */
export interface LoopScope {
  /** The next vector of the first and of the second operand. */
  readonly a: Code;
  readonly b: Code;
  /** Four copies of the scalar operand. */
  readonly scalar: Code;
  /** Evaluates `value` once; the result reads it back any number of times. */
  keep(value: Code): Code;
}

/** Fills `out` from `a`, `b` and `scalar`; places and `bytes` in bytes, `bytes` a multiple of 16. */
export type Loop = (a: number, b: number, out: number, bytes: number, scalar: number) => void;

/** The part of the JavaScript API of WebAssembly used here, which Node's own types leave out. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
}

const parameterTypes = [type.i32, type.i32, type.i32, type.i32, type.f32];
const parameter = { a: 0, b: 1, out: 2, bytes: 3, scalar: 4 } as const;
const offset = parameterTypes.length;

/** Compiles one loop for each body, all of them working on `memory`, a `WebAssembly.Memory`. */
export function compileLoops<Name extends string>(
  bodies: Readonly<Record<Name, (scope: LoopScope) => Code>>,
  memory: object,
): Record<Name, Loop> {
  const names = Object.keys(bodies) as Name[];
  const functionType = [type.function, ...vector(parameterTypes.map((t) => [t])), 0x00];
  const bytes = Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(sectionId.type, [functionType]),
    ...section(sectionId.import, [[...text('env'), ...text('memory'), 0x02, 0x00, 0x00]]),
    ...section(
      sectionId.function,
      names.map(() => [0x00]),
    ),
    ...section(
      sectionId.export,
      names.map((name, index) => [...text(name), 0x00, ...unsigned(index)]),
    ),
    ...section(
      sectionId.code,
      names.map((name) => sized(loopOf(bodies[name]))),
    ),
  ]);
  const { Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyApi })
    .WebAssembly;
  return new Instance(new Module(bytes), { env: { memory } }).exports as Record<Name, Loop>;
}

/** The locals and instructions of `do { out[offset] = body } while ((offset += 16) < bytes)`. */
function loopOf(body: (scope: LoopScope) => Code): Code {
  const kept: Code[] = [];
  const value = body({
    a: load(parameter.a),
    b: load(parameter.b),
    scalar: [instruction.localGet, parameter.scalar, ...vectorOp(0x13)],
    keep: (code) => {
      const local = unsigned(offset + 1 + kept.length);
      kept.push([...code, instruction.localSet, ...local]);
      return [instruction.localGet, ...local];
    },
  });
  const locals = vector([
    [0x01, type.i32],
    [...unsigned(kept.length), type.v128],
  ]);
  const store = [...placeOf(parameter.out), ...value, ...vectorOp(0x0b), ...floatAligned];
  const { loop, end, branchIf, localGet, localTee, i32Const, i32LessUnsigned, i32Add } =
    instruction;
  const advance = [localGet, offset, i32Const, vectorBytes, i32Add, localTee, offset];
  const again = [localGet, parameter.bytes, i32LessUnsigned, branchIf, 0x00];
  const repeated = [...kept.flat(), ...store, ...advance, ...again];
  return [...locals, loop, emptyBlockType, ...repeated, end, end];
}

const floatAligned = [0x02, 0x00];

function load(base: number): Code {
  return [...placeOf(base), ...vectorOp(0x00), ...floatAligned];
}

function placeOf(base: number): Code {
  const { localGet, i32Add } = instruction;
  return [localGet, base, localGet, offset, i32Add];
}

function section(id: number, items: readonly Code[]): Code {
  return [id, ...sized(vector(items))];
}

function vector(items: readonly Code[]): Code {
  return [...unsigned(items.length), ...items.flat()];
}

function sized(code: Code): Code {
  return [...unsigned(code.length), ...code];
}

function text(name: string): Code {
  return vector([...new TextEncoder().encode(name)].map((byte) => [byte]));
}

/** An unsigned integer as LEB128. */
function unsigned(value: number): Code {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}
