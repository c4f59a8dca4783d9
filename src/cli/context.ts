import type { Engine, EngineName } from '../engine/engine.js';
import type { EngineOptions } from '../engine/source.js';
import type { CommandContext } from '../family/family.js';
import type { Given } from './options.js';
import { say } from './output.js';

/** @param given may hold `engine` and `threads` */
export const contextOf = (given: Given, version: string): CommandContext => ({
  engine: () => openEngineAloud(given),
  isEngineAsked: given.engine !== undefined || given.threads !== undefined,
  say,
  stream: process.stderr,
  version,
});

/**
 * Opens an engine and says on standard error which one it is and why.
 * @param options.forTraining whether `auto` may time the first step on several: not where several
 *   processes train, which might not agree
 */
export async function openEngineAloud(
  { engine: choice, threads }: Given,
  tell: (line: string) => void = say,
  { cores, forTraining = false }: Pick<EngineOptions, 'cores' | 'forTraining'> = {},
): Promise<Engine> {
  const { openEngine } = await import('../engine/open.js');
  const { engine, reason } = await openEngine(
    (choice ?? 'auto') as 'auto' | EngineName,
    undefined,
    {
      threads: threads as number | undefined,
      ...{ cores, forTraining, say: tell },
    },
  );
  tell(`engine: ${reason}`);
  return engine;
}
