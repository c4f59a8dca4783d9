import type { CurveGroup } from '../../report/curves.js';
import type { Section } from '../../report/page.js';
import type { MetricsRecord } from '../../train/log.js';
import type { RunFolder } from '../../train/run-folder.js';
import type { EngineFlags } from '../engine.js';

export interface ReportFlags extends Partial<EngineFlags> {
  /** This and the flags of the engine are for the evaluation of a classifier. */
  readonly data?: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** A run as its folder has it. */
export interface ReportedRun {
  readonly run: RunFolder;
  readonly records: readonly MetricsRecord[];
  readonly flags: ReportFlags;
}

/** What a report has of one kind of run alone. */
export interface KindReport {
  readonly what: string;
  readonly curves: readonly CurveGroup[];
  sections(reported: ReportedRun): Promise<Section[]>;
}
