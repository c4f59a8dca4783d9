/** Matrix products. */
import { at, broadcastAt, fill, floatOf, indicesOf, type KernelTable } from './kernel.js';

const swapped = (yes: boolean, [row, column]: [number, number]): [number, number] =>
  yes ? [column, row] : [row, column];

export const products: KernelTable = {
  MatMul: ({ inputs: [a, b], outputs }) => {
    const depth = a!.shape.at(-1)!;
    return [
      fill(outputs[0]!.shape, (index) => {
        const batch = index.slice(0, -2);
        const [row, column] = index.slice(-2) as [number, number];
        let sum = 0;
        for (let k = 0; k < depth; k++) {
          sum += broadcastAt(a!, [...batch, row, k]) * broadcastAt(b!, [...batch, k, column]);
        }
        return sum;
      }),
    ];
  },
  Gemm: ({ inputs: [a, b, bias], outputs, attributes }) => {
    const [transA, transB] = [attributes.transA === 1, attributes.transB === 1];
    const depth = a!.shape[transA ? 0 : 1]!;
    const alpha = floatOf(attributes.alpha, 1);
    return [
      fill(outputs[0]!.shape, (index) => {
        const [row, column] = index as [number, number];
        let sum = 0;
        for (let k = 0; k < depth; k++) {
          sum += at(a!, swapped(transA, [row, k])) * at(b!, swapped(transB, [k, column]));
        }
        return alpha * sum + (bias === undefined ? 0 : broadcastAt(bias, index));
      }),
    ];
  },
  Einsum: ({ inputs, outputs, attributes }) => {
    const [from, to] = (attributes.equation as string).split('->') as [string, string];
    const axes = from.split(',');
    const lengths = new Map(
      axes.flatMap((letters, i) =>
        [...letters].map((letter, axis) => [letter, inputs[i]!.shape[axis]!] as const),
      ),
    );
    const summed = [...lengths.keys()].filter((letter) => !to.includes(letter));
    const inner = indicesOf(summed.map((letter) => lengths.get(letter)!));
    return [
      fill(outputs[0]!.shape, (index) => {
        const terms = inner.map((rest) => {
          const indexOf = (letter: string): number =>
            to.includes(letter) ? index[to.indexOf(letter)]! : rest[summed.indexOf(letter)]!;
          return axes.reduce(
            (term, letters, i) => term * at(inputs[i]!, [...letters].map(indexOf)),
            1,
          );
        });
        return terms.reduce((a, b) => a + b, 0);
      }),
    ];
  },
};
