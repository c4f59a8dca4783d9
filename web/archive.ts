/**
 * A run's folder as one file, to take it from a page to a terminal: a zip archive
 * (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT) of uncompressed files.
 */
import crc32 from 'crc-32';
import type { Checkpoint } from '../src/train/checkpoint-format.js';
import { checkpointBlob } from './checkpoint.js';

export interface PageRun {
  readonly checkpoint: Checkpoint;
  /** All lines of numbers that training told. */
  readonly metrics: readonly Readonly<Record<string, number>>[];
}

/**
 * The folder of a run: unpacked, `mixgan train gan --resume`, `sample`, `report` and the other commands
 * take it.
 *
 * @param name of the folder within the archive
 */
export async function runArchive(name: string, { checkpoint, metrics }: PageRun): Promise<Blob> {
  const text = (value: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(value);
  // What the model was trained on is stored beside the configuration's own keys.
  const { task: _, ...config } = Object(checkpoint.config) as Record<string, unknown>;
  const latest = await (await checkpointBlob(checkpoint)).arrayBuffer();
  return zipOf([
    { name: `${name}/config.json`, bytes: text(`${JSON.stringify(config, null, 2)}\n`) },
    {
      name: `${name}/metrics.jsonl`,
      bytes: text(metrics.map((record) => `${JSON.stringify(record)}\n`).join('')),
    },
    { name: `${name}/checkpoint/latest.safetensors`, bytes: new Uint8Array(latest) },
  ]);
}

interface ZipFile {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

function zipOf(files: readonly ZipFile[]): Blob {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  const directory: Uint8Array<ArrayBuffer>[] = [];
  let offset = 0;
  for (const { name, bytes } of files) {
    const path = new TextEncoder().encode(name);
    // Version 2.0, UTF-8 names, stored, 1 January 1980.
    const about = [20, 0x0800, 0, 0, 0x21];
    const sizes = [crc32.buf(bytes) >>> 0, bytes.length, bytes.length];
    const local = record(0x04034b50, [...about], sizes, [path.length, 0]);
    directory.push(
      record(0x02014b50, [20, ...about], sizes, [path.length, 0, 0, 0, 0], [0, offset]),
      path,
    );
    pieces.push(local, path, bytes);
    offset += local.length + path.length + bytes.length;
  }
  const length = directory.reduce((sum, piece) => sum + piece.length, 0);
  const { length: count } = files;
  const end = record(0x06054b50, [0, 0, count, count], [length, offset], [0]);
  return new Blob([...pieces, ...directory, end], { type: 'application/zip' });
}

/** A signature, then numbers of 16 and of 32 bits in turn, a list of each. */
function record(
  signature: number,
  ...lists: readonly (readonly number[])[]
): Uint8Array<ArrayBuffer> {
  const widths = lists.map((list, i) => ({ list, width: i % 2 === 0 ? 2 : 4 }));
  const size = widths.reduce((sum, { list, width }) => sum + list.length * width, 4);
  const view = new DataView(new ArrayBuffer(size));
  view.setUint32(0, signature, true);
  let at = 4;
  for (const { list, width } of widths) {
    for (const number of list) {
      if (width === 2) view.setUint16(at, number, true);
      else view.setUint32(at, number, true);
      at += width;
    }
  }
  return new Uint8Array(view.buffer);
}
