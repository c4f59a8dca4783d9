/**
 * An update of a team in which the ranks share the parts of one step, so that they come to what one
 * process comes to: where that one has as many parts, to the same bits.
 *
 * Steps that cannot be shared so are cut in two (`team-update.ts`).
 */
import type { Group } from '../compile/group.js';
import type { StepFunction } from '../compile/step.js';
import type { Engine, SharedStep } from '../engine/engine.js';
import { EngineError } from '../errors.js';
import { merged } from '../objects.js';
import type { Team } from './team.js';
import type { RunnableUpdate } from './update-halves.js';

/**
 * @param step both halves of an update
 * @param cut the same update, for a step that cannot be shared
 */
export function compileSharedUpdate(
  engine: Pick<Engine, 'compileShared'>,
  step: StepFunction,
  team: Team,
  cut: RunnableUpdate,
): RunnableUpdate {
  const agreed = agreement(team);
  const group: Group = {
    rank: team.rank,
    size: team.size,
    async sum(values) {
      await agreed(true);
      await team.sum(values);
    },
  };
  let shared: SharedStep | undefined = engine.compileShared?.(step, group);
  return async (batch, rates) => {
    const inputs = await batch(0);
    const outputs = await shared?.(merged(inputs, rates));
    if (outputs !== undefined) return outputs;
    shared = undefined;
    await agreed(false);
    return cut(() => inputs, rates);
  };
}

/** Whether a step can be shared follows from its graph, and from what processors offer. */
function agreement(team: Team): (shares: boolean) => Promise<void> {
  let isAgreed = false;
  return async (shares) => {
    if (isAgreed) return;
    isAgreed = true;
    const all = await team.gathered(shares);
    team.inCommon(() => {
      if (all.every((one) => one === shares)) return;
      throw new EngineError(
        'ranks take a step apart in different ways: start all on machines of one kind',
      );
    });
  };
}
