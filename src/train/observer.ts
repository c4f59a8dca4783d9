import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Picture } from '../image/png.js';
import type { MetricsRecord } from './log.js';

/** Is shown what a run makes as it makes it, besides the run's own files. */
export interface RunObserver {
  /** Every line of `metrics.jsonl`. */
  metrics(record: MetricsRecord): void;
  /**
   * @param name what the picture shows, the same for each of a series: `fakes`
   * @param step how many steps have been taken
   */
  picture(name: string, step: number, picture: Picture): void;
  /** The models that are trained, by name, before the first step. */
  models(models: Readonly<Record<string, LayersModel>>): void;
}
