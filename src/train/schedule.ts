/**
 * The learning rate as a function of the step: linear warm-up (Goyal et al. 2017,
 * arXiv:1706.02677), then half a cosine (Loshchilov and Hutter 2017, SGDR, arXiv:1608.03983), or a
 * straight line, down to its final value; constant where that is the peak.
 */
import { UsageError } from '../errors.js';

export const decayShapes = ['cosine', 'linear'] as const;

export type DecayShape = (typeof decayShapes)[number];

export interface LearningRateSchedule {
  /** How the rate falls after the warm-up; `cosine` by default. */
  readonly shape?: DecayShape;
  /** The peak, reached on the last step of the warm-up; greater than 0. */
  readonly base: number;
  /** How many steps the warm-up takes, 0 … `totalSteps`. */
  readonly warmupSteps: number;
  /** After how many steps `final` is reached, at least 1. */
  readonly totalSteps: number;
  /** The learning rate from `totalSteps` on, in [0, base]. */
  readonly final: number;
}

/** A schedule that stays at `base`. */
export function constantLearningRate(base: number): LearningRateSchedule {
  return { base, warmupSteps: 0, totalSteps: 1, final: base };
}

/**
 * The learning rate of a step.
 *
 * @param step how many steps were taken before this one, from 0
 * @throws UsageError where the schedule makes no sense
 */
export function learningRate(step: number, schedule: LearningRateSchedule): number {
  checkSchedule(schedule);
  if (!Number.isSafeInteger(step) || step < 0) {
    throw new RangeError(`a step is an integer from 0, not ${step}`);
  }
  const { base, warmupSteps, totalSteps, final, shape = 'cosine' } = schedule;
  if (step < warmupSteps) return (base * (step + 1)) / warmupSteps;
  if (step >= totalSteps) return final;
  const progress = (step - warmupSteps) / (totalSteps - warmupSteps);
  if (shape === 'linear') return base + (final - base) * progress;
  return final + ((base - final) * (1 + Math.cos(Math.PI * progress))) / 2;
}

function checkSchedule({ base, warmupSteps, totalSteps, final }: LearningRateSchedule): void {
  if (!(base > 0 && Number.isFinite(base))) {
    throw new UsageError(`the base learning rate must be greater than 0, not ${base}`);
  }
  if (!(final >= 0 && final <= base)) {
    throw new UsageError(
      `the final learning rate must be from 0 to the base ${base}, not ${final}`,
    );
  }
  if (!Number.isSafeInteger(totalSteps) || totalSteps < 1) {
    throw new UsageError(`the number of steps must be an integer from 1, not ${totalSteps}`);
  }
  if (!Number.isSafeInteger(warmupSteps) || warmupSteps < 0 || warmupSteps > totalSteps) {
    throw new UsageError(
      `the warm-up must be an integer from 0 to the ${totalSteps} steps there are, not ${warmupSteps}`,
    );
  }
}
