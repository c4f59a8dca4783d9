/** What this machine offers, engine by engine: the substance of `mixgan doctor`. */
import { availableParallelism, totalmem } from 'node:os';
import type { EngineName } from './engine.js';
import { engineSources } from './open.js';
import type { EngineProbe } from './source.js';

export interface Diagnosis {
  /** The engine that `auto` picks. */
  readonly auto: EngineName;
  /** Node's version, such as `v20.20.2`. */
  readonly node: string;
  /** Operating system and architecture, such as `linux-x64`. */
  readonly platform: string;
  /** Processor cores that this process may use. */
  readonly cores: number;
  readonly memoryBytes: number;
  /** Every engine, in the order in which `auto` prefers them. */
  readonly engines: readonly EngineProbe[];
}

/** Asks every engine whether it loads; survives native libraries that crash. Plain JSON data. */
export async function diagnose(): Promise<Diagnosis> {
  const engines = await Promise.all(engineSources.map((source) => source.probe()));
  return {
    auto: engines.find((engine) => engine.loads)?.name ?? 'cpu',
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    engines,
  };
}
