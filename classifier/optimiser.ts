import { z } from 'zod';
import type { Overrides } from '../src/config/json.js';
import { positiveNumber, wholeNumber } from '../src/config/numbers.js';
import { Adam } from '../src/train/adam.js';
import type { Optimiser } from '../src/train/optimiser.js';
import { decayShapes } from '../src/train/schedule.js';
import { Sgd } from '../src/train/sgd.js';
import type { NamedVariables } from '../src/train/variables.js';

const rateKeys = {
  rate: positiveNumber(),
  /** The rate falls to this share of itself; 1 keeps it constant. */
  finalShare: z.number().min(0).max(1),
  warmupSteps: wholeNumber(0),
  /** The way in which it falls. */
  schedule: z.enum(decayShapes).default('cosine'),
};

const momentKeys = {
  beta1: z.number().min(0).lt(1).default(0.9),
  beta2: z.number().gt(0).lt(1).default(0.999),
};

const adamSchema = z.strictObject({
  /** Absent in configurations older than the choice. */
  kind: z.literal('adam').optional(),
  ...rateKeys,
  ...momentKeys,
});

const adamwSchema = z.strictObject({
  kind: z.literal('adamw'),
  ...rateKeys,
  ...momentKeys,
  /** λ of the kernels: every step multiplies them by 1 − rate · λ. */
  weightDecay: z.number().min(0).default(0.05),
});

const sgdSchema = z.strictObject({
  kind: z.literal('sgd'),
  ...rateKeys,
  momentum: z.number().min(0).lt(1).default(0.9),
  nesterov: z.boolean().default(false),
  /** λ: the gradient of a kernel gains λ times the kernel. */
  weightDecay: z.number().min(0).default(0),
});

const schemas = { adam: adamSchema, adamw: adamwSchema, sgd: sgdSchema };

/** What moves the weights, and how fast; `kind` says which keys it has. */
export const optimiserSchema = z.discriminatedUnion('kind', [adamSchema, adamwSchema, sgdSchema], {
  error: ({ code }) =>
    code === 'invalid_union' ? 'there is no such optimiser; there are adam, adamw, sgd' : undefined,
});

export type OptimiserConfig = z.output<typeof optimiserSchema>;

/**
 * An optimiser whose kind was changed: without the keys that this kind has not, and with defaults for
 * those that the other had not. A kind that there is not is left for the schema to refuse.
 */
export function ofItsKind(optimiser: Overrides): Overrides {
  const kind = String(optimiser.kind);
  if (!Object.hasOwn(schemas, kind)) return optimiser;
  const { shape } = schemas[kind as keyof typeof schemas];
  const known = Object.entries(optimiser).filter(([key]) => Object.hasOwn(shape, key));
  const parsed = optimiserSchema.safeParse(Object.fromEntries(known));
  return parsed.success ? (parsed.data as Overrides) : Object.fromEntries(known);
}

/** @param variables what it updates */
export function createOptimiser(config: OptimiserConfig, variables: NamedVariables): Optimiser {
  if (config.kind === 'sgd') return new Sgd('sgd', variables, config);
  const { beta1, beta2 } = config;
  const weightDecay = config.kind === 'adamw' ? config.weightDecay : 0;
  return new Adam('adam', variables, { beta1, beta2, weightDecay });
}
