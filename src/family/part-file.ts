/**
 * What a job measured of its part, as a file for `mixgan merge`: a JSON document, and tensors where
 * numbers of every image are needed. JSON alone is what `--json` prints; with tensors it is a
 * safetensors file that carries the document and a digest of all.
 */
import { createHash } from 'node:crypto';
import type { HostTensor } from '../compile/step.js';
import { InputError } from '../errors.js';
import { withTensorFile } from '../formats/open.js';
import { writeSafetensors } from '../formats/safetensors-file.js';
import { lazily, readHostTensors } from '../formats/tensor-file.js';

type Tensors = ReadonlyMap<string, HostTensor>;

/** A part as it is read. */
export interface PartFile {
  readonly file: string;
  readonly document: unknown;
  /** None where the file is JSON. */
  readonly tensors: Tensors;
}

/** Keys of the file's metadata. */
const [documentKey, digestKey] = ['mixgan.part', 'mixgan.sha256'] as const;

/** @throws OutputError where it cannot be written; nothing is left behind then */
export async function writePart(path: string, document: object, tensors: Tensors): Promise<void> {
  const text = JSON.stringify(document);
  const metadata = { [documentKey]: text, [digestKey]: digestOf(text, tensors) };
  await writeSafetensors(path, lazily(tensors), metadata);
}

/** @throws InputError where it is missing, damaged, or holds something else */
export function readPart(path: string): Promise<PartFile> {
  return withTensorFile(
    path,
    async (file) => {
      const { [documentKey]: text, [digestKey]: digest } = file.metadata;
      if (text === undefined || digest === undefined) {
        throw new InputError(
          `${path} is no part of an evaluation; give what evaluate --shard I/N --out wrote`,
        );
      }
      const tensors = await readHostTensors(file);
      if (digest !== digestOf(text, tensors)) {
        throw new InputError(`${path} is damaged: its digest is another; write it again`);
      }
      return { file: path, document: JSON.parse(text), tensors };
    },
    'safetensors',
  );
}

/** In hexadecimal, of pieces one after the other. */
export function sha256Of(pieces: Iterable<string | Uint8Array>): string {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}

export const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

function digestOf(text: string, tensors: Tensors): string {
  const ordered = [...tensors].sort(([a], [b]) => (a < b ? -1 : 1));
  return sha256Of([
    text,
    ...ordered.flatMap(([name, { shape, values }]) => [`${name} ${shape}`, bytesOf(values)]),
  ]);
}
