/**
 * Files that are read piece by piece, because they may be larger than what should be in memory.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { InputError } from '../errors.js';
import { asInputError } from '../files.js';

export class RandomAccessFile {
  readonly #handle: FileHandle;

  private constructor(
    readonly path: string,
    /** In bytes. */
    readonly length: number,
    handle: FileHandle,
  ) {
    this.#handle = handle;
  }

  /** @throws InputError where the file is missing, a folder, or may not be read */
  static async open(path: string): Promise<RandomAccessFile> {
    try {
      const handle = await open(path, 'r');
      const status = await handle.stat();
      if (status.isFile()) return new RandomAccessFile(path, status.size, handle);
      await handle.close();
      const what = status.isDirectory() ? 'a folder, not a file' : 'not a file on a disk';
      throw new InputError(`cannot read ${path}: it is ${what}`);
    } catch (thrown) {
      throw asInputError(thrown, path);
    }
  }

  /**
   * The bytes from `begin` to `end`, in a buffer of their own.
   * @throws InputError where the file ends before, or cannot be read
   */
  async read(begin: number, end: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(Math.max(0, end - begin));
    let done = 0;
    while (done < bytes.length) {
      const { bytesRead } = await this.#handle
        .read(bytes, done, bytes.length - done, begin + done)
        .catch((thrown: unknown) => {
          throw asInputError(thrown, this.path);
        });
      if (bytesRead === 0) {
        throw new InputError(`${this.path} is cut off: it ends before byte ${end}`);
      }
      done += bytesRead;
    }
    return bytes;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}
