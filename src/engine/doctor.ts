/** What this machine offers, engine by engine: the substance of `mixgan doctor`. */
import { availableParallelism, totalmem } from 'node:os';
import type { EngineName } from './engine.js';
import { engineSources } from './open.js';
import type { EngineProbe } from './source.js';

export interface Diagnosis {
  /** The engine that `auto` picks. */
  readonly auto: EngineName;
  /** The engines that trainings time against it, at their first step. */
  readonly rivals: readonly EngineName[];
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
  const isRival = new Set(
    engineSources.filter(({ challenge }) => challenge).map(({ name }) => name),
  );
  const auto = engines.find(({ name, loads }) => loads && !isRival.has(name))?.name ?? 'cpu';
  const challenges = auto === 'onnx' ? engineSources.map((source) => source.challenge?.()) : [];
  const rivals = (await Promise.all(challenges)).filter((probe) => probe?.loads === true);
  return {
    auto,
    rivals: rivals.map((probe) => probe!.name),
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    engines,
  };
}
