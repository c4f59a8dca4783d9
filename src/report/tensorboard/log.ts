/**
 * A run's metrics, pictures and models as TensorBoard shows them: `tensorboard --logdir RUN`.
 */
import { appendFileSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { asOutputError, makeFolders } from '../../files.js';
import type { Picture } from '../../image/png.js';
import type { MetricsRecord } from '../../train/log.js';
import type { RunObserver } from '../../train/observer.js';
import {
  type EventTime,
  graphEvent,
  pictureEvent,
  restartEvent,
  scalarsEvent,
  versionEvent,
} from './event.js';
import { graphDef } from './graph.js';
import { tfRecord } from './record.js';

/**
 * One file of events, of one process. A run that is resumed gets another file beside the first; each
 * record is written at once, so that a kill can at most cut the last one short, where readers go on
 * to the next file.
 */
export class TensorBoardLog implements RunObserver {
  readonly #path: string;
  readonly #now: () => Date;
  /** Whether earlier files show the models already. */
  readonly #continues: boolean;

  private constructor(path: string, continues: boolean, now: () => Date) {
    this.#path = path;
    this.#continues = continues;
    this.#now = now;
  }

  /**
   * Starts a file in `folder`, which is made if need be.
   *
   * @param step how many steps the run has taken; what older files have of later ones is revoked
   * @throws OutputError where it cannot be written
   */
  static async open(
    folder: string,
    step: number,
    now: () => Date = () => new Date(),
  ): Promise<TensorBoardLog> {
    try {
      await makeFolders(folder);
      const earlier = (await readdir(folder)).filter((name) => name.includes('tfevents'));
      const continues = earlier.length > 0;
      // TensorBoard reads the files of a folder in the order of their names, and a clock may go back.
      const time = Math.max(now().getTime(), ...earlier.map((name) => timeIn(name) + 1));
      const path = join(folder, `events.out.tfevents.${time}.mixgan`);
      writeFileSync(path, '', { flag: 'ax' });
      const log = new TensorBoardLog(path, continues, now);
      log.#append(versionEvent(log.#at(0)));
      if (continues) log.#append(restartEvent(log.#at(step + 1)));
      return log;
    } catch (thrown) {
      throw asOutputError(thrown, folder);
    }
  }

  metrics({ step, ...values }: MetricsRecord): void {
    const tagged = Object.entries(values).map(([name, value]) => [tagOf(name), value] as const);
    this.#append(scalarsEvent(this.#at(step), Object.fromEntries(tagged)));
  }

  picture(name: string, step: number, picture: Picture): void {
    this.#append(pictureEvent(this.#at(step), name, picture));
  }

  models(models: Readonly<Record<string, LayersModel>>): void {
    if (!this.#continues) this.#append(graphEvent(this.#at(0), graphDef(models)));
  }

  #at(step: number): EventTime {
    return { wallTime: this.#now().getTime() / 1000, step };
  }

  #append(event: Uint8Array): void {
    try {
      appendFileSync(this.#path, tfRecord(event));
    } catch (thrown) {
      throw asOutputError(thrown, this.#path);
    }
  }
}

/** When a file was started, by its name, in milliseconds; 0 where that does not say. */
const timeIn = (name: string): number => Number(/tfevents\.(\d+)\./.exec(name)?.[1] ?? 0);

/** `generator.loss` as `generator/loss`; what belongs to no part is of the `run`. */
const tagOf = (name: string): string =>
  name.includes('.') ? name.replaceAll('.', '/') : `run/${name}`;
