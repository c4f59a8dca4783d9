import type { Engine, EngineName } from '../engine/engine.js';
import { openEngine } from '../engine/open.js';

/** What `--engine` takes. */
export type EngineChoice = 'auto' | EngineName;

/** The flags that decide what computes. */
export interface EngineFlags {
  readonly engine: EngineChoice;
  readonly threads?: number;
}

/** Opens an engine and says on standard error which one it is and why. */
export async function openEngineAloud({ engine: choice, threads }: EngineFlags): Promise<Engine> {
  const { engine, reason } = await openEngine(choice, undefined, { threads });
  process.stderr.write(`engine: ${reason}\n`);
  return engine;
}
