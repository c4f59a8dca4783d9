/** How an engine is reached: first asked whether it loads on this machine, then opened. */
import type { Engine, EngineName } from './engine.js';

/** What asking an engine gave. */
export interface EngineProbe {
  readonly name: EngineName;
  readonly loads: boolean;
  /** One line for a person: what was found, or why the engine does not load and what to do. */
  readonly why: string;
  /** What it would compute on, in words; empty if it does not load. */
  readonly devices: readonly string[];
}

/** What an engine may be told. */
export interface EngineOptions {
  /** How many threads compute; all that the machine has when absent. */
  readonly threads?: number | undefined;
  /** Cores that are this process's alone, where others compute beside it; all when absent. */
  readonly cores?: number | undefined;
  /** Whether a training of this process alone is to come, whose first step `auto` may time on a GPU. */
  readonly forTraining?: boolean | undefined;
  /** Told what `auto` measured, in one line. */
  readonly say?: ((line: string) => void) | undefined;
}

export interface EngineSource {
  readonly name: EngineName;
  /** Whether the number of threads can be chosen. */
  readonly takesThreads?: boolean;
  /** Never throws: an engine that does not load is an answer. */
  probe(options?: EngineOptions): Promise<EngineProbe>;
  /**
   * Of a GPU that may be faster than the cores, or slower, which `auto` finds out by measuring: what
   * probing it gives. Undefined where that is out of the question, which it is quick to tell.
   */
  challenge?(): Promise<EngineProbe | undefined>;
  /**
   * Loads the engine into this process and makes its backend current.
   * @throws EngineError if that fails although the probe succeeded
   */
  open(devices: readonly string[], options?: EngineOptions): Promise<Engine>;
}
