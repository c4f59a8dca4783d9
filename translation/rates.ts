import { learningRate } from '../src/train/schedule.js';

/**
 * The rate of a step: constant at first, and then along a line to 0, as CycleGAN has it.
 *
 * @param step how many steps were taken before this one, from 0
 * @param constantShare of the steps, 0 … 1
 */
export function rateAt(
  step: number,
  base: number,
  { steps, constantShare }: { readonly steps: number; readonly constantShare: number },
): number {
  const constant = Math.round(steps * constantShare);
  if (step < constant || constant === steps) return base;
  return learningRate(step - constant, {
    ...{ shape: 'linear', base, final: 0 },
    warmupSteps: 0,
    totalSteps: steps - constant,
  });
}
