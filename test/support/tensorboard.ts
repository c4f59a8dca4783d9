/**
 * A reader of TensorBoard's files, to check the writer against.
 */
import { PbfReader } from 'pbf';
import { maskedChecksum } from '../../src/report/tensorboard/record.js';

export interface ReadImage {
  tag: string;
  height: number;
  width: number;
  channels: number;
  png: Buffer;
}

export interface ReadNode {
  name: string;
  op: string;
  inputs: string[];
  /** Of its outputs; −1 is a length that is not known. */
  shapes: number[][];
  parameters: number;
}

export interface ReadEvent {
  wallTime: number;
  step: number;
  version?: string;
  isRestart?: boolean;
  scalars: Record<string, number>;
  images: ReadImage[];
  nodes: ReadNode[];
}

export const readEvents = (file: Buffer): ReadEvent[] => readRecords(file).map(readEvent);

/** The payloads of a file, every checksum checked; what is cut off at its end is left out. */
export function readRecords(file: Buffer): Buffer[] {
  const records: Buffer[] = [];
  for (let at = 0; at + 12 <= file.length; ) {
    const [start, end] = [at + 12, at + 12 + Number(file.readBigUInt64LE(at))];
    checkSum(file.subarray(at, at + 8), file.readUInt32LE(at + 8));
    if (end + 4 > file.length) break;
    checkSum(file.subarray(start, end), file.readUInt32LE(end));
    records.push(file.subarray(start, end));
    at = end + 4;
  }
  return records;
}

function checkSum(bytes: Uint8Array, wanted: number): void {
  if (maskedChecksum(bytes) !== wanted) throw new Error('a record is damaged');
}

/** How the fields of a message are put into what it is read as, by number. */
type Fields<T> = Readonly<Record<number, (into: T, pbf: PbfReader) => void>>;

/** @throws Error at a field that is not in `fields` */
function read<T>(pbf: PbfReader, fields: Fields<T>, into: T, isWhole = false): T {
  const each = (tag: number, result: T): void => {
    const field = fields[tag];
    if (field === undefined) throw new Error(`field ${tag} is not known`);
    field(result, pbf);
  };
  return isWhole ? pbf.readFields(each, into) : pbf.readMessage(each, into);
}

const shapeFields: Fields<number[]> = {
  2: (shape, pbf) => read(pbf, { 1: (dims: number[]) => dims.push(pbf.readVarint(true)) }, shape),
};

const attributeFields: Fields<ReadNode> = {
  1: (node, pbf) => {
    const list = { 7: () => node.shapes.push(read(pbf, shapeFields, [])) };
    read(pbf, list, node);
  },
  3: (node, pbf) => {
    node.parameters = pbf.readVarint();
  },
};

const nodeFields: Fields<ReadNode> = {
  1: (node, pbf) => {
    node.name = pbf.readString();
  },
  2: (node, pbf) => {
    node.op = pbf.readString();
  },
  3: (node, pbf) => node.inputs.push(pbf.readString()),
  5: (node, pbf) => {
    const entry = { 1: () => pbf.readString(), 2: () => read(pbf, attributeFields, node) };
    read(pbf, entry, node);
  },
};

const imageFields: Fields<ReadImage> = {
  1: (image, pbf) => {
    image.height = pbf.readVarint();
  },
  2: (image, pbf) => {
    image.width = pbf.readVarint();
  },
  3: (image, pbf) => {
    image.channels = pbf.readVarint();
  },
  4: (image, pbf) => {
    image.png = Buffer.from(pbf.readBytes());
  },
};

function readSummary(event: ReadEvent, pbf: PbfReader): void {
  const value = (): void => {
    let tag = '';
    read(
      pbf,
      {
        1: () => {
          tag = pbf.readString();
        },
        2: () => {
          event.scalars[tag] = pbf.readFloat();
        },
        4: () => {
          const image = { tag, height: 0, width: 0, channels: 0, png: Buffer.alloc(0) };
          event.images.push(read(pbf, imageFields, image));
        },
      },
      event,
    );
  };
  read(pbf, { 1: value }, event);
}

const eventFields: Fields<ReadEvent> = {
  1: (event, pbf) => {
    event.wallTime = pbf.readDouble();
  },
  2: (event, pbf) => {
    event.step = pbf.readVarint();
  },
  3: (event, pbf) => {
    event.version = pbf.readString();
  },
  4: (event, pbf) => {
    const node = (): ReadNode => ({ name: '', op: '', inputs: [], shapes: [], parameters: 0 });
    const graph = {
      1: () => event.nodes.push(read(pbf, nodeFields, node())),
      4: () => read(pbf, { 1: () => pbf.readVarint() }, event),
    };
    read(pbf, graph, event);
  },
  5: readSummary,
  7: (event, pbf) => {
    event.isRestart =
      read(pbf, { 1: (log: { status?: number }) => (log.status = pbf.readVarint()) }, {}).status ===
      1;
  },
};

export const readEvent = (bytes: Uint8Array): ReadEvent =>
  read(
    new PbfReader(bytes),
    eventFields,
    { wallTime: 0, step: 0, scalars: {}, images: [], nodes: [] },
    true,
  );
