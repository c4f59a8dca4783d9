import { z } from 'zod';
import type { Evaluation } from './evaluate.js';

/** What `mixgan evaluate RUN --save` writes of a classifier. */
export const classifierEvaluationSchema = z
  .object({
    step: z.number(),
    data: z.string(),
    accuracy: z.number(),
    count: z.number(),
    correct: z.number(),
    crossEntropy: z.number(),
    perClass: z.array(
      z.object({
        name: z.string(),
        count: z.number(),
        correct: z.number(),
        accuracy: z.number(),
      }),
    ),
    confusion: z.array(z.array(z.number())),
  })
  .refine(({ perClass, confusion }) => isSquare(confusion, perClass.length), {
    error: 'has another number of classes than perClass',
    path: ['confusion'],
  }) satisfies z.ZodType<Evaluation>;

const isSquare = (matrix: readonly (readonly number[])[], side: number): boolean =>
  matrix.length === side && matrix.every((row) => row.length === side);
