/** One step of a GAN's training, whichever way its two updates are taken. */
import { eitherWay } from '../src/adversarial/penalty.js';
import type { HostTensor, StepInput } from '../src/compile/step.js';
import type { Engine } from '../src/engine/engine.js';
import { merged } from '../src/objects.js';
import type { Team } from '../src/train/team.js';
import { compileUpdate, type Update } from '../src/train/update.js';
import type { GanConfig } from './config.js';
import {
  compileUpdates,
  discriminatorUpdate,
  generatorUpdate,
  type Players,
  type UpdateOptions,
} from './steps.js';
import { togetherStep, togetherUpdate, under } from './together.js';

type Inputs = Readonly<Record<string, StepInput>>;

export interface StepBatches {
  /** Of both players, where they learn together. */
  readonly discriminator: Inputs;
  readonly generator: Inputs | undefined;
}

/** Scalars. */
export interface StepRates {
  readonly discriminatorRate: HostTensor;
  readonly generatorRate: HostTensor;
  readonly emaDecay: HostTensor;
}

/**
 * @param penalised whether the discriminator's update takes the gradient penalty
 * @returns the outputs of both updates, all scalars, as `discriminator.loss`
 */
export type RunnableGanStep = (
  penalised: boolean,
  batches: StepBatches,
  rates: StepRates,
) => Promise<Record<string, HostTensor>>;

type StepConfig = Pick<GanConfig, 'updates'> & Omit<UpdateOptions, 'penalised'>;

/**
 * Prepares the updates of both players for an engine.
 * @param team whose ranks share each batch
 */
export function compileGanStep(
  engine: Pick<Engine, 'compile' | 'compileShared'>,
  players: Players,
  config: StepConfig,
  team?: Team,
): RunnableGanStep {
  if (team !== undefined && team.size > 1) return compileTeamStep(engine, players, config, team);
  if (config.updates === 'together') {
    const together = eitherWay((penalised) =>
      engine.compile(togetherStep(players, { ...config, penalised })),
    );
    return (takesPenalty, { discriminator }, rates) =>
      together(takesPenalty)(merged(discriminator, rates));
  }
  const { discriminator, generator } = compileUpdates(engine, players, config);
  return async (takesPenalty, batches, { discriminatorRate, generatorRate, emaDecay }) => {
    const d = await discriminator[takesPenalty ? 'penalised' : 'plain'](
      merged(batches.discriminator, { learningRate: discriminatorRate }),
    );
    const rates = { learningRate: generatorRate, emaDecay };
    const g = await generator(merged(batches.generator!, rates));
    return merged(under('discriminator', d), under('generator', g));
  };
}

/** The same for a team: what a player learns is added up before its update. */
function compileTeamStep(
  engine: Pick<Engine, 'compile' | 'compileShared'>,
  players: Players,
  config: StepConfig,
  team: Team,
): RunnableGanStep {
  const compiled = (update: Update) => compileUpdate(engine, update, 1, team);
  if (config.updates === 'together') {
    const together = eitherWay((penalised) =>
      compiled(togetherUpdate(players, { ...config, penalised })),
    );
    return (takesPenalty, { discriminator }, rates) =>
      together(takesPenalty)(() => discriminator, { ...rates });
  }
  const discriminator = eitherWay((penalised) =>
    compiled(discriminatorUpdate(players, { ...config, penalised })),
  );
  const generator = compiled(generatorUpdate(players, config));
  return async (takesPenalty, batches, { discriminatorRate, generatorRate, emaDecay }) => {
    const d = await discriminator(takesPenalty)(() => batches.discriminator, {
      learningRate: discriminatorRate,
    });
    const g = await generator(() => batches.generator!, { learningRate: generatorRate, emaDecay });
    return merged(under('discriminator', d), under('generator', g));
  };
}
