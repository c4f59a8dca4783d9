import { z } from 'zod';
import type { DistanceQuantiles } from '../src/scores/index.js';
import type { AttributeScores } from './attribute-scores.js';
import type { ExtractorEvaluation, Scores } from './evaluate.js';

const numbers = z.array(z.number());

const quantiles = z.object({
  min: z.number(),
  q01: z.number(),
  q10: z.number(),
  median: z.number(),
  q90: z.number(),
}) satisfies z.ZodType<DistanceQuantiles>;

const scores = z.object({
  frechet: z.number(),
  kernel: z.number(),
  precision: z.number(),
  recall: z.number(),
  density: z.number(),
  coverage: z.number(),
  classes: z.object({
    counts: numbers,
    shares: numbers,
    classesPresent: z.number(),
    entropy: z.number(),
    normalisedEntropy: z.number(),
    confidentShare: z.number(),
    totalVariation: z.number().exactOptional(),
  }),
  askedShare: z.number().exactOptional(),
}) satisfies z.ZodType<Scores>;

const extractors = z.array(
  z.object({
    extractor: z.string(),
    generated: scores,
    floor: scores,
    frechetRatio: z.number(),
    memorisation: z
      .object({ generated: quantiles, heldOut: quantiles, closeShare: z.number() })
      .exactOptional(),
  }) satisfies z.ZodType<ExtractorEvaluation>,
);

const attributes = z.object({
  attributes: z.array(
    z.object({
      attribute: z.string(),
      reader: z.string(),
      askedShare: z.number(),
      floor: z.number().exactOptional(),
    }),
  ),
  allShare: z.number(),
}) satisfies z.ZodType<AttributeScores>;

/** What `mixgan evaluate RUN --save` writes of a GAN. */
export const ganEvaluationSchema = z.object({
  step: z.number(),
  data: z.string(),
  protocol: z.object({ samples: z.number() }),
  extractors,
  attributes: attributes.exactOptional(),
  against: z
    .object({ run: z.string(), extractors, attributes: attributes.exactOptional() })
    .exactOptional(),
});
