/**
 * What TensorBoard's files hold: `Event` messages
 * (https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/util/event.proto).
 */
import { PbfWriter } from 'pbf';
import { encodePng, type Picture } from '../../image/png.js';

/** When an event happened. */
export interface EventTime {
  /** Seconds since 1970. */
  readonly wallTime: number;
  /** Steps of training. */
  readonly step: number;
}

/** The first event of every file. */
export const versionEvent = (at: EventTime): Uint8Array =>
  event(at, (pbf) => pbf.writeStringField(3, 'brain.Event:2'));

/**
 * Says that a training goes on from a checkpoint: what earlier files have of this step and later ones
 * is not to be shown.
 */
export const restartEvent = (at: EventTime): Uint8Array =>
  event(at, (pbf) => message(pbf, 7, (log) => log.writeVarintField(1, 1)));

/** Numbers by their tags; a tag's first part, up to `/`, is the section that it is shown in. */
export const scalarsEvent = (at: EventTime, scalars: Readonly<Record<string, number>>) =>
  event(at, (pbf) =>
    message(pbf, 5, (summary) => {
      for (const [tag, value] of Object.entries(scalars)) {
        message(summary, 1, (entry) => {
          entry.writeStringField(1, tag);
          entry.writeFloatField(2, value);
        });
      }
    }),
  );

/** @param picture grey or RGB */
export const pictureEvent = (at: EventTime, tag: string, picture: Picture): Uint8Array =>
  event(at, (pbf) =>
    message(pbf, 5, (summary) =>
      message(summary, 1, (entry) => {
        entry.writeStringField(1, tag);
        message(entry, 4, (image) => {
          image.writeVarintField(1, picture.height);
          image.writeVarintField(2, picture.width);
          image.writeVarintField(3, picture.channels);
          image.writeBytesField(4, encodePng(picture));
        });
      }),
    ),
  );

/** @param graph the bytes of a `GraphDef` */
export const graphEvent = (at: EventTime, graph: Uint8Array): Uint8Array =>
  event(at, (pbf) => pbf.writeBytesField(4, graph));

function event({ wallTime, step }: EventTime, write: (pbf: PbfWriter) => void): Uint8Array {
  const pbf = new PbfWriter();
  pbf.writeDoubleField(1, wallTime);
  pbf.writeVarintField(2, step);
  write(pbf);
  return pbf.finish();
}

/** Writes a message as a field of another. */
export function message(pbf: PbfWriter, field: number, write: (pbf: PbfWriter) => void): void {
  pbf.writeMessage(field, (_, inner) => write(inner), undefined);
}
