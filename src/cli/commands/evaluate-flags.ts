import type { RunFolder } from '../../train/run-folder.js';
import type { EngineFlags } from '../engine.js';

/** What `mixgan evaluate` is asked for. */
export interface EvaluateFlags extends EngineFlags {
  readonly data?: string;
  readonly against?: string;
  readonly extractor?: readonly string[];
  /** These two are for classifiers. */
  readonly best?: boolean;
  readonly views?: number;
  readonly save?: boolean;
  readonly json?: boolean;
}

/** What was found out about a run, for programs and for people. */
export interface Measured {
  readonly run: RunFolder;
  readonly document: object;
  readonly text: string;
}
