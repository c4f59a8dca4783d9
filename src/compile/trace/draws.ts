/**
 * What stands in the graph for the random numbers that a traced step draws.
 */
import type { NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';
import { sizeOf } from '../graph/shapes.js';
import { belowOne, type RandomValues } from '../random/distribution.js';
import { beforeCalls, drawing, drawnOnce, type RandomType } from '../random/draw.js';
import { calledFrom } from './caller.js';
import { type Draw, drawUnderWay, randomOp, seededUniform } from './random-op.js';
import { largestConstant, type Tracer } from './tracer.js';

/**
 * The data id of numbers that an operation draws: without a seed of its own they are others at every
 * call, and with one they are what they are.
 *
 * @param values what it has drawn, where it was to draw at all
 */
export function drawnData(
  tracer: Tracer,
  draw: Draw,
  values: RandomValues,
  dtype: RandomType,
  shape: readonly number[],
): object {
  const { op, anew, distribution } = draw;
  const supply =
    anew && distribution !== undefined && tracer.seed !== undefined
      ? drawing(op, distribution, dtype, shape, tracer.seed)
      : drawnOnce(op, values, dtype, shape);
  const place = tracer.supplies.length;
  const drawn = () => supply.next(beforeCalls, place) as RandomValues;
  const refusal = reasonAgainst(tracer, draw, dtype);
  if (refusal !== undefined) {
    const dataId = tracer.idOf(tracer.constant(dtype, shape, drawn()));
    tracer.refuse(dataId, refusal);
    return dataId;
  }
  if (!anew && sizeOf(shape) <= largestConstant) {
    return tracer.idOf(tracer.constant(dtype, shape, values));
  }
  const value = tracer.supply(supply);
  tracer.drawn.set(value, drawn);
  return tracer.idOf(value);
}

function reasonAgainst(
  { seed }: Tracer,
  { op, anew, distribution }: Draw,
  dtype: RandomType,
): string | undefined {
  const because = (why: string): string =>
    `a traced step draws random numbers with tf.${randomOp()}${why}make them an input of the step${calledFrom()}`;
  if (seed === undefined) return because(', and is to draw none: ');
  if (op === 'rand') {
    return because(
      ', whose function would be called while tracing alone: use another operation, or ',
    );
  }
  if (!anew) return undefined;
  if (distribution === undefined) return because(', from what cannot be told: ');
  if (dtype !== 'bool' || distribution.kind !== 'uniform') return undefined;
  const { min, range } = distribution;
  return min > -1 && min + range <= 2
    ? undefined
    : because(' of dtype bool that are not 0 and 1: ');
}

/**
 * What a kernel that draws by itself is given beside its inputs: uniform numbers in [0, 1) for
 * `Multinomial`, one for each sample; with a seed of its own the same ones for every row, as the `cpu`
 * backend has them.
 * @returns `undefined` for a kernel that draws none
 * @throws CompileError when it may draw none, or from what cannot be told
 */
export function drawnInputs(
  tracer: Tracer,
  kernelName: string,
  inputs: NamedTensorInfoMap,
  attrs: NamedAttrMap,
): NamedTensorInfoMap | undefined {
  const draw = kernelName === 'Multinomial' ? drawUnderWay() : undefined;
  if (draw === undefined) return undefined;
  const dtype = 'float32';
  const samples = attrs.numSamples as number;
  const seeded = draw.anew ? undefined : seededUniform(attrs.seed as number);
  const distribution =
    draw.anew || seeded !== undefined ? ({ kind: 'below one' } as const) : undefined;
  const refusal = reasonAgainst(tracer, { op: draw.op, anew: true, distribution }, dtype);
  if (refusal !== undefined) throw tracer.fail(refusal);
  const value =
    seeded === undefined
      ? tracer.supply(
          drawing(
            draw.op,
            { kind: 'below one' },
            dtype,
            [(inputs.logits as TensorInfo).shape[0]!, samples],
            tracer.seed!,
          ),
        )
      : tracer.build.constant(
          dtype,
          [1, samples],
          Array.from({ length: samples }, () => belowOne(seeded() * 2 ** 32)),
        );
  return { chances: { dataId: tracer.idOf(value), shape: [...value.shape], dtype } };
}
