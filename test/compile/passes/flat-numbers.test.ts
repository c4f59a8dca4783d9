import { describe, expect, it } from 'vitest';
import { Builder } from '../../../src/compile/graph/builder.js';
import { nodesOf, type Value } from '../../../src/compile/graph/graph.js';
import { legalise } from '../../../src/compile/passes/legalise.js';
import { targets } from '../../../src/compile/target.js';
import { difference, inputPorts, outputPorts, runGraph } from '../../support/graph.js';
import { interpreter } from '../../support/interpreter/interpreter.js';

const build = new Builder();
const x = build.input('float32', [8, 16, 16, 1]);
const number = build.input('float32', [1, 1]);

const graphOf = (y: Value) => ({ inputs: inputPorts({ x, number }), outputs: outputPorts({ y }) });
const shapesOf = (y: Value) =>
  nodesOf(legalise(graphOf(y), targets.cores, build)).map(({ op, outputs }) => [
    op,
    outputs[0]!.shape,
  ]);

describe('a thin tensor with a number', () => {
  it('is flat for onnxruntime, and has its shape again', () => {
    expect(shapesOf(build.sub(build.scalar(1), x))).toEqual([
      ['Reshape', [2048]],
      ['Sub', [2048]],
      ['Reshape', [8, 16, 16, 1]],
    ]);
  });

  it('is flat from one operation to the next', async () => {
    const y = build.binary(
      'Max',
      build.mul(build.sub(x, build.scalar(0.5)), number),
      build.scalar(1),
    );
    expect(
      shapesOf(y)
        .map(([op]) => op)
        .sort(),
    ).toEqual(['Max', 'Mul', 'Reshape', 'Reshape', 'Reshape', 'Sub']);
    const legal = legalise(graphOf(y), targets.cores, build);
    expect(difference(await runGraph(graphOf(y)), await runGraph(legal))).toBe(0);
  });

  it('stays where that is no gain, or a length may be open', () => {
    const row = build.input('float32', [64]);
    const others = [
      build.add(build.input('float32', [8, 16, 16]), build.scalar(1)),
      build.add(build.input('float32', [8, 16, 1]), build.scalar(1)),
      build.add(build.input('float32', [2048]), build.scalar(1)),
      build.add(x, row),
      build.unary('Abs', x),
    ];
    for (const y of others) expect(shapesOf(y).map(([op]) => op)).not.toContain('Reshape');
    const y = build.add(x, build.scalar(1));
    for (const target of [targets.file, interpreter.target]) {
      expect(legalise(graphOf(y), target, build).outputs[0]!.value).toBe(y);
    }
  });
});
