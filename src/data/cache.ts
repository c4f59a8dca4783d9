/**
 * Arrays that take long to make and never change: kept in a file of the user's cache folder, by the name
 * of what they are and a digest of all that they depend on.
 *
 * A file is a line of JSON and the bytes that it describes, with their SHA-256: a file that was cut off
 * or changed is refused by name, never used.
 */
import { createHash } from 'node:crypto';
import { homedir, platform } from 'node:os';
import { join, resolve } from 'node:path';
import { InputError, MixganError } from '../errors.js';
import { asOutputError, isThere, makeFolders, readRegularFile, writeFileAtomic } from '../files.js';

/** What is kept: bytes, and whatever JSON says of them. */
export interface Cached {
  readonly bytes: Uint8Array;
  readonly about: unknown;
}

export interface CacheRequest {
  /** What it is, in file names and messages: letters, digits, dots and dashes. */
  readonly name: string;
  /** All that the bytes depend on, as JSON: versions, sizes, seeds. */
  readonly key: unknown;
  /** Makes what is not there yet. */
  readonly make: () => Promise<Cached>;
  /** Is told where what was made could not be kept. */
  readonly say?: ((line: string) => void) | undefined;
  /** The folder; the user's, as `cacheFolder` tells. */
  readonly folder?: string | undefined;
}

/**
 * The folder of caches: `MIXGAN_CACHE` where that is set, or else the place that the system has for them
 * (XDG_CACHE_HOME or ~/.cache; ~/Library/Caches; %LOCALAPPDATA%), and in it `mixgan`.
 */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const own = env.MIXGAN_CACHE;
  if (own !== undefined && own !== '') return resolve(own);
  const places: Partial<Record<NodeJS.Platform, string>> = {
    darwin: join(homedir(), 'Library', 'Caches'),
    win32: env.LOCALAPPDATA || join(homedir(), 'AppData', 'Local'),
  };
  return join(places[platform()] ?? (env.XDG_CACHE_HOME || join(homedir(), '.cache')), 'mixgan');
}

/** Changed whenever the form of the files is. */
const formatVersion = 1;
/** A line longer than this is none of ours. */
const longestLine = 2 ** 24;
/** More than any set of pictures here takes. */
const mostBytes = 2 ** 31;

/**
 * What a request asks for: read where it was made before, made and kept where not. Where it cannot be
 * kept, as on a full disk or in a home that may not be written, it is used all the same and `say` is told.
 *
 * @throws InputError where the file is damaged: it says which, and to remove it
 */
export async function cached(request: CacheRequest): Promise<Cached> {
  const { name, key, make, say, folder = cacheFolder() } = request;
  const digest = sha256(JSON.stringify([formatVersion, key])).slice(0, 16);
  const path = join(folder, `${name}-${digest}.cache`);
  // Where there is no looking there is no keeping either, which is told below.
  const isKept = await isThere(path).catch(() => false);
  if (isKept) return decoded(await readRegularFile(path, mostBytes), path);
  const made = await make();
  try {
    await makeFolders(folder).catch((thrown: unknown) => {
      throw asOutputError(thrown, folder);
    });
    await writeFileAtomic(path, async (file) => {
      await file.writeFile(headerOf(made));
      await file.writeFile(made.bytes);
    });
  } catch (thrown) {
    if (!(thrown instanceof MixganError)) throw thrown;
    say?.(`${name} is made anew every time: ${thrown.message}`);
  }
  return made;
}

const headerOf = ({ bytes, about }: Cached): string =>
  `${JSON.stringify({ length: bytes.length, sha256: sha256(bytes), about })}\n`;

const sha256 = (data: Uint8Array | string): string =>
  createHash('sha256').update(data).digest('hex');

function decoded(file: Buffer, path: string): Cached {
  const end = file.subarray(0, longestLine).indexOf('\n');
  const bytes = file.subarray(end + 1);
  const header = end < 0 ? undefined : parsed(file.toString('utf8', 0, end));
  if (header?.length !== bytes.length || header.sha256 !== sha256(bytes)) {
    throw new InputError(`${path} is damaged; remove it, and it is made again`);
  }
  return { bytes, about: header.about };
}

function parsed(line: string): { length?: unknown; sha256?: unknown; about?: unknown } | undefined {
  try {
    return JSON.parse(line) ?? undefined;
  } catch {
    return undefined;
  }
}
