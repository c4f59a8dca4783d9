/** The operators of ONNX that the algebra knows; others are built as they are. */

export const unaryOps = [
  ...(['Neg', 'Abs', 'Sign', 'Sqrt', 'Reciprocal', 'Exp', 'Log', 'Tanh', 'Sigmoid'] as const),
  ...(['Softplus', 'Relu', 'Erf', 'Sin', 'Cos', 'Floor', 'Ceil', 'Round'] as const),
] as const;
export const binaryOps = ['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min', 'Pow'] as const;

export type UnaryOp = (typeof unaryOps)[number];
export type BinaryOp = (typeof binaryOps)[number];
export type CompareOp = 'Equal' | 'Greater' | 'GreaterOrEqual' | 'Less' | 'LessOrEqual';
export type ReduceOp = 'ReduceSum' | 'ReduceMean' | 'ReduceMax' | 'ReduceMin' | 'ReduceProd';

const unary: ReadonlySet<string> = new Set(unaryOps);
const binary: ReadonlySet<string> = new Set(binaryOps);

export const isUnaryOp = (op: string): op is UnaryOp => unary.has(op);

export const isBinaryOp = (op: string): op is BinaryOp => binary.has(op);
