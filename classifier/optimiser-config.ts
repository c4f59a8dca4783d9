import { z } from 'zod';
import { amount, positiveNumber, wholeNumber } from '../src/config/numbers.js';
import { decayShapes } from '../src/train/schedule.js';

const rateKeys = {
  rate: positiveNumber().describe('of learning'),
  finalShare: z.number().min(0).max(1).describe('the rate falls to this share of itself; 1: never'),
  warmupSteps: wholeNumber(0).describe('steps in which the rate grows from 0'),
  schedule: z.enum(decayShapes).default('cosine').describe('the way in which it falls'),
};

const momentKeys = {
  beta1: z.number().min(0).lt(1).default(0.9),
  beta2: z.number().gt(0).lt(1).default(0.999),
};

const weightDecay = amount();

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
  weightDecay: weightDecay
    .default(0.05)
    .describe('λ of the kernels: every step multiplies them by 1 − rate · λ'),
});

const sgdSchema = z.strictObject({
  kind: z.literal('sgd'),
  ...rateKeys,
  momentum: z.number().min(0).lt(1).default(0.9),
  nesterov: z.boolean().default(false),
  weightDecay: weightDecay
    .default(0)
    .describe('λ: the gradient of a kernel gains λ times the kernel'),
});

/** What moves the weights, and how fast; `kind` says which keys it has. */
export const optimiserSchema = z.discriminatedUnion('kind', [adamSchema, adamwSchema, sgdSchema], {
  error: ({ code }) =>
    code === 'invalid_union' ? 'there is no such optimiser; there are adam, adamw, sgd' : undefined,
});

export type OptimiserConfig = z.output<typeof optimiserSchema>;
