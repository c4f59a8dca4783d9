/**
 * A file that is read piece by piece, because it may be larger than what should be in memory.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { InputError } from '../errors.js';
import { asInputError, requireRegularFile } from '../files.js';
import { type ByteSource, cutOff } from './byte-source.js';

export class RandomAccessFile implements ByteSource {
  readonly #handle: FileHandle;

  private constructor(
    readonly path: string,
    /** In bytes. */
    readonly length: number,
    handle: FileHandle,
  ) {
    this.#handle = handle;
  }

  /**
   * Opens a file for as long as `use` takes.
   * @throws InputError where the file is missing, a folder, or may not be read
   */
  static async use<T>(path: string, use: (file: RandomAccessFile) => Promise<T>): Promise<T> {
    const refuse = (thrown: unknown): never => {
      throw asInputError(thrown, path);
    };
    const { size } = await requireRegularFile(path);
    const handle = await open(path, 'r').catch(refuse);
    try {
      return await use(new RandomAccessFile(path, size, handle));
    } finally {
      await handle.close();
    }
  }

  async read(begin: number, end: number): Promise<Uint8Array> {
    // A file may be longer than its disk is large.
    if (end - begin > Math.min(totalmem() / 2, mostBytes)) {
      const size = ((end - begin) / 2 ** 30).toFixed(1);
      throw new InputError(`${this.path}: ${size} GiB in one piece are more than can be read here`);
    }
    const bytes = new Uint8Array(Math.max(0, end - begin));
    let done = 0;
    while (done < bytes.length) {
      const { bytesRead } = await this.#handle
        .read(bytes, done, bytes.length - done, begin + done)
        .catch((thrown: unknown) => {
          throw asInputError(thrown, this.path);
        });
      if (bytesRead === 0) throw cutOff(this.path, end);
      done += bytesRead;
    }
    return bytes;
  }
}

/** The longest array of bytes that every Node 20 makes. */
const mostBytes = 2 ** 32 - 1;
