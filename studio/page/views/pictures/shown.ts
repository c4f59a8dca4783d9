/** What the views of a step's pictures are given. */
import type { RunDetail } from '../../../shared/protocol.js';
import type { ShownRun } from '../../parts/ChooseRuns.js';

/** What is drawn of a run at the chosen step. */
export interface Shown extends ShownRun {
  readonly detail: RunDetail;
  /** The step of its picture: the last one that is not after the chosen step. */
  readonly step: number;
}
