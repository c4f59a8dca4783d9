import type { Engine, EngineName } from '../engine/engine.js';
import { openEngine } from '../engine/open.js';

/** What `--engine` takes. */
export type EngineChoice = 'auto' | EngineName;

/** Opens an engine and says on standard error which one it is and why. */
export async function openEngineAloud(choice: EngineChoice): Promise<Engine> {
  const { engine, reason } = await openEngine(choice);
  process.stderr.write(`engine: ${reason}\n`);
  return engine;
}
