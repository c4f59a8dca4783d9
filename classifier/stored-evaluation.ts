import { z } from 'zod';
import type { Evaluation } from './evaluate.js';

/** What `mixgan evaluate RUN --save` writes of a classifier. */
export const classifierEvaluationSchema = z.object({
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
}) satisfies z.ZodType<Evaluation>;
