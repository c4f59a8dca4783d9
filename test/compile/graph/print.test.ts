import { expect, it } from 'vitest';
import { Builder } from '../../../src/compile/graph/builder.js';
import { print } from '../../../src/compile/graph/print.js';
import { inputPorts, outputPorts } from '../../support/graph.js';

it('a graph prints itself, one line a node, however it was built', () => {
  const printed = (scribble: boolean): string => {
    const build = new Builder();
    if (scribble) build.unary('Tanh', build.input('float32', [9]));
    const [x, w] = [build.input('float32', [4, 3]), build.input('float32', [5, 3])];
    const y = build.matMul(x, w, { transB: true, alpha: 0.5 });
    const [left, right] = build.split(build.add(y, build.scalar(0.1)), 1, [2, 3]) as [
      typeof x,
      typeof x,
    ];
    const table = build.constant('float32', [2, 5], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const sums = build.op('ReduceSum', [right, undefined], { dtype: 'float32', shape: [] });
    return print({
      inputs: inputPorts({ x, 'state/0': w }),
      outputs: outputPorts({ left, sums, table, ones: build.splat('int32', [2], 1) }),
    });
  };
  expect(printed(true)).toBe(printed(false));
  expect(printed(false)).toBe(`input/x float32[4,3]
state/0 float32[5,3]
v0 float32[4,5] = Gemm(input/x, state/0) {transB:1, alpha:0.5}
v1 float32[4,5] = Add(v0, 0.100000001)
v2 float32[4,2], v3 float32[4,3] = Split(v1, [2, 3]) {axis:1}
v4 float32[] = ReduceSum(v3, _)
output/left = v2
output/sums = v4
output/table = [1, 2, 3, 4, 5, 6, 7, 8, …] [2,5]
output/ones = 1 [2]`);
});
