/**
 * What `mixgan evaluate RUN --save` wrote, read again.
 */
import { z } from 'zod';
import type { Evaluation } from '../../classifier/evaluate.js';
import type { ExtractorEvaluation, Scores } from '../../gan/evaluate.js';
import { parseConfig } from '../config/parse.js';
import { InputError } from '../errors.js';
import { readFileChecked } from '../files.js';
import type { DistanceQuantiles } from '../scores/index.js';

const numbers = z.array(z.number());

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
  confusion: z.array(numbers),
}) satisfies z.ZodType<Evaluation>;

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

export const ganEvaluationSchema = z.object({
  step: z.number(),
  data: z.string(),
  protocol: z.object({ samples: z.number() }),
  extractors,
  against: z.object({ run: z.string(), extractors }).exactOptional(),
});

/** @throws InputError where the file is missing, damaged, or of another kind of run */
export async function readEvaluation<S extends z.ZodType>(
  schema: S,
  path: string,
): Promise<z.output<S>> {
  const text = String(await readFileChecked(path));
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new InputError(`${path} is not valid JSON; write it again: mixgan evaluate RUN --save`, {
      cause,
    });
  }
  return parseConfig(schema, document, path, InputError);
}
