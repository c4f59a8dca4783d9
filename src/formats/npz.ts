/**
 * NumPy's `.npz`: a zip archive with one NPY file for each array
 * (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
 */
import { elementCount } from '../arrays.js';
import { InputError } from '../errors.js';
import { writeFileAtomic } from '../files.js';
import { permuteAxes } from './axes.js';
import type { ByteSource } from './byte-source.js';
import { encodeNpy } from './npy.js';
import {
  type DType,
  decodeValues,
  elementBytes,
  type LazyTensor,
  type TensorFile,
} from './tensor-file.js';
import { peekZipEntry, readZipDirectory, readZipEntry, writeZip, type ZipEntry } from './zip.js';

/** NumPy knows no bfloat16: libraries that do store it as two bytes of anything. */
const dtypes: Readonly<Record<string, DType>> = {
  '<f8': 'float64',
  '<f4': 'float32',
  '<f2': 'float16',
  '|V2': 'bfloat16',
  '<V2': 'bfloat16',
};

/** More than any header of an array of a few axes takes, deflated too. */
const peekLength = 640;
/** What `permuteAxes` can do. */
const mostFortranAxes = 4;
const extension = '.npy';

interface NpyHeader {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Whether the first axis is the one whose elements are neighbours. */
  readonly isFortran: boolean;
  /** Where the values begin. */
  readonly start: number;
}

/**
 * What an archive of float arrays holds. What was written as its comment is the metadata.
 * @throws InputError where it is damaged, or something else
 */
export async function readNpz(source: ByteSource): Promise<TensorFile> {
  const { path } = source;
  const { entries, comment } = await readZipDirectory(source);
  const arrays = new Map<string, { entry: ZipEntry; header: NpyHeader }>();
  for (const entry of entries) {
    if (!entry.name.endsWith(extension)) throw notAnArray(path, entry.name);
    const header = parseHeader(await peekZipEntry(source, entry, peekLength), entry, path);
    const name = entry.name.slice(0, -extension.length);
    if (arrays.has(name)) throw new InputError(`${path} is damaged: it has ${entry.name} twice`);
    arrays.set(name, { entry, header });
  }
  return {
    path,
    shapes: new Map([...arrays].map(([name, { header }]) => [name, header.shape])),
    metadata: parseComment(comment),
    read: async (name) => {
      const { entry, header } = arrays.get(name)!;
      const { dtype, shape, isFortran, start } = header;
      const values = decodeValues(dtype, (await readZipEntry(source, entry)).subarray(start));
      if (!isFortran) return values;
      const backwards = [...shape.keys()].reverse();
      return permuteAxes(values, [...shape].reverse(), backwards);
    },
  };
}

/**
 * Writes an archive that `numpy.load` opens.
 *
 * @param metadata goes into the archive's comment, where it is in nobody's way
 * @throws OutputError where it cannot be written; nothing is left behind then
 */
export async function writeNpz(
  path: string,
  tensors: ReadonlyMap<string, LazyTensor>,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  const sources = Array.from(tensors, ([name, { shape, read }]) => ({
    name: `${name}${extension}`,
    bytes: async () => encodeNpy(await read(), shape),
  }));
  await writeFileAtomic(path, (file) => writeZip(file, sources, JSON.stringify(metadata), path));
}

function parseHeader(bytes: Uint8Array, { name, length }: ZipEntry, path: string): NpyHeader {
  const text = Buffer.from(bytes).toString('latin1');
  if (!text.startsWith('\x93NUMPY')) throw notAnArray(path, name);
  const isLong = bytes[6]! > 1;
  const prefix = isLong ? 12 : 10;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const damaged = new InputError(`${path} is damaged: ${name} has no readable header`);
  if (bytes.length < prefix) throw damaged;
  const start = prefix + (isLong ? view.getUint32(8, true) : view.getUint16(8, true));
  const fields =
    /^\{'descr': (?:'([^']*)'|.*), 'fortran_order': (True|False), 'shape': \(([\d, ]*)\),? *\}\s*$/.exec(
      text.slice(prefix, start),
    );
  if (fields === null) throw damaged;
  const [, descr = 'a structure', order, sizes] = fields;
  const dtype = Object.hasOwn(dtypes, descr) ? dtypes[descr] : undefined;
  if (dtype === undefined) {
    throw new InputError(
      `${path}: ${name} has dtype ${descr.slice(0, 40)}; arrays of float16, bfloat16, float32 and float64 are read`,
    );
  }
  const shape = sizes!
    .split(',')
    .filter((size) => size.trim() !== '')
    .map(Number);
  if (start + elementCount(shape) * elementBytes[dtype] !== length) throw damaged;
  if (order === 'True' && shape.length > mostFortranAxes) {
    throw new InputError(
      `${path}: ${name} has ${shape.length} axes in Fortran's order; save it with numpy.ascontiguousarray`,
    );
  }
  return { dtype, shape, isFortran: order === 'True', start };
}

function parseComment(comment: string): Record<string, string> {
  try {
    const value = JSON.parse(comment) as unknown;
    const isText =
      typeof value === 'object' &&
      value !== null &&
      Object.values(value).every((text) => typeof text === 'string');
    return isText ? (value as Record<string, string>) : {};
  } catch {
    // Somebody else's comment.
    return {};
  }
}

const notAnArray = (path: string, name: string): InputError =>
  new InputError(
    `${path} is a zip archive, but not an .npz file: ${name} is no array; a PyTorch file is to be saved as .safetensors first`,
  );
