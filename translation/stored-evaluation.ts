import { z } from 'zod';
import type { DirectionFigures } from './evaluate.js';

const truthScores = z.object({ l1: z.number(), ssim: z.number() });
const distances = z.object({ frechet: z.number(), kernel: z.number() });

const direction = z.object({
  ...{ from: z.string(), to: z.string(), images: z.number(), change: z.number() },
  cycle: z.object({ plain: z.number(), rounded: z.number(), noisy: z.number() }),
  truth: z
    .object({ translated: truthScores, untouched: truthScores, nearest: truthScores })
    .exactOptional(),
  extractors: z.array(
    z.object({
      ...{ extractor: z.string(), samples: z.number() },
      ...{ translated: distances, untouched: distances, floor: distances },
      frechetRatio: z.number(),
    }),
  ),
  classes: z
    .object({
      reader: z.string(),
      ...{ translated: z.number(), untouched: z.number(), floor: z.number() },
    })
    .exactOptional(),
}) satisfies z.ZodType<DirectionFigures>;

/** What `mixgan evaluate RUN --save` writes of a translation. */
export const translationEvaluationSchema = z.object({
  ...{ step: z.number(), data: z.string(), aToB: direction, bToA: direction },
  against: z.object({ run: z.string(), aToB: direction, bToA: direction }).exactOptional(),
});
