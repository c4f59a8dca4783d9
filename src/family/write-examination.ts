import { join } from 'node:path';
import { asOutputError, makeFolders, writeFileAtomic } from '../files.js';
import { imageGrid } from '../image/grid.js';
import { writePng } from '../image/png.js';
import { type Examination, examinationFile, sheetFile } from './examination.js';

/**
 * The folder that an examination will go into, before it is computed.
 * @throws OutputError where there can be none
 */
export async function makeExaminationFolder(folder: string): Promise<void> {
  try {
    await makeFolders(folder);
  } catch (thrown) {
    throw asOutputError(thrown, folder);
  }
}

/**
 * @param pixels of the sheet [N, H, W, C], bytes
 * @throws OutputError where the folder cannot be written
 */
export async function writeExamination(
  folder: string,
  examination: Examination,
  pixels: Uint8Array,
): Promise<void> {
  const { count, columns, shape } = examination.sheet;
  const [height, width, channels] = shape;
  await makeExaminationFolder(folder);
  const grid = imageGrid(pixels, { count, height, width, channels, columns, padding: 0 });
  await writePng(join(folder, sheetFile), grid);
  await writeFileAtomic(join(folder, examinationFile), `${JSON.stringify(examination)}\n`);
}
