/**
 * Files read and written whole, with system errors turned into one clear line.
 */
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import {
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { InputError, messageOf, OutputError, systemErrorCode } from './errors.js';
import { isRunning, thisProcess } from './owner.js';

/** What a file is to hold; a function writes it piece by piece, where it is too large for memory. */
export type FileContents = Uint8Array | string | ((file: FileHandle) => Promise<void>);

/**
 * Writes a file so that a reader, or a crash at any moment, sees the old file or the whole new one
 * and never a part: the bytes go to a temporary name in the same folder, are flushed to the disk,
 * and then take the file's name. Symbolic links are followed, devices and pipes written directly.
 *
 * @throws OutputError where it cannot be written; nothing is left behind then
 */
export async function writeFileAtomic(path: string, contents: FileContents): Promise<void> {
  try {
    const existing = await statIfThere(path);
    // Renaming onto a device would replace the device itself.
    if (existing !== undefined && !existing.isFile()) return await writeTo(path, 'w', contents);
    await replaceFile(existing === undefined ? path : await realpath(path), contents);
  } catch (thrown) {
    throw asOutputError(thrown, path);
  }
}

/**
 * Makes a folder and those above it that are missing. An existing one is left as it is.
 *
 * Node's own recursive `mkdir` never returns where a folder cannot be made and says that it is
 * missing, as below `/proc`.
 *
 * @throws the system's error where it cannot be made, or something else has its name
 */
export async function makeFolders(path: string): Promise<void> {
  const parent = dirname(path);
  if (parent !== path && (await statIfThere(parent)) === undefined) await makeFolders(parent);
  try {
    await mkdir(path);
  } catch (thrown) {
    if (systemErrorCode(thrown) !== 'EEXIST' || !(await isFolder(path))) throw thrown;
  }
}

/** Whether there is a file or folder. */
export const isThere = async (path: string): Promise<boolean> =>
  (await statIfThere(path)) !== undefined;

/**
 * Removes a file, or a folder with all that is in it; nothing where there is none.
 * @throws OutputError where it cannot be removed
 */
export async function removeAll(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch((thrown: unknown) => {
    throw asOutputError(thrown, path);
  });
}

/**
 * Reads a whole file.
 *
 * @throws InputError where it is missing, a folder, or may not be read
 */
export async function readFileChecked(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (thrown) {
    throw asInputError(thrown, path);
  }
}

/**
 * Reads a whole file that is to be one on a disk: a pipe or a device may never end, or never begin.
 *
 * @param mostBytes refuses longer files before they are read
 * @throws InputError as `readFileChecked`, and where it is no regular file or too long
 */
export async function readRegularFile(
  path: string,
  mostBytes = Number.POSITIVE_INFINITY,
): Promise<Buffer> {
  const { size } = await requireRegularFile(path);
  if (size > mostBytes) {
    const [mebibytes, most] = [size, mostBytes].map((bytes) => Math.ceil(bytes / 2 ** 20));
    throw new InputError(`${path} is too large: ${mebibytes} MiB; at most ${most} MiB are read`);
  }
  return readFileChecked(path);
}

/**
 * What the system says of a file, before it is opened: to open a pipe would wait for who writes.
 * @throws InputError where there is none, or it is a folder, a pipe, a socket or a device
 */
export async function requireRegularFile(path: string): Promise<{ readonly size: number }> {
  const status = await stat(path).catch((thrown: unknown) => {
    throw asInputError(thrown, path);
  });
  if (status.isFile()) return status;
  const what = status.isDirectory() ? 'a folder' : 'a pipe, a socket or a device';
  throw new InputError(`cannot read ${path}: it is ${what}, not a file`);
}

/** As much text as JavaScript has in one piece. */
const longestText = 2 ** 29 - 25;

/**
 * Reads a file of text, UTF-8.
 * @throws InputError as `readRegularFile`, and where it is longer than text can be
 */
export const readText = async (path: string): Promise<string> =>
  (await readRegularFile(path, longestText)).toString('utf8');

/**
 * Reads a file of JSON.
 *
 * @param remedy what to do about a file that is none
 * @throws InputError where it is missing, may not be read, or is not JSON
 */
export const readJson = async (path: string, remedy: string): Promise<unknown> =>
  parseJson(await readText(path), path, remedy);

/** More than any configuration takes. */
const mostPiped = 2 ** 24;

/**
 * As `readJson`, but the file may be a pipe, as `<(jq … c.json)` of a shell or `/dev/stdin`.
 * @throws InputError as there, and where it is longer than 16 MiB
 */
export async function readPipedJson(path: string, remedy: string): Promise<unknown> {
  const pieces: Buffer[] = [];
  let length = 0;
  try {
    for await (const piece of createReadStream(path) as AsyncIterable<Buffer>) {
      pieces.push(piece);
      length += piece.length;
      if (length > mostPiped) throw new InputError(`${path} is too large: 16 MiB are read at most`);
    }
  } catch (thrown) {
    throw asInputError(thrown, path);
  }
  return parseJson(Buffer.concat(pieces).toString('utf8'), path, remedy);
}

function parseJson(text: string, path: string, remedy: string): unknown {
  try {
    // Editors of Windows begin a file with a byte order mark, which JSON does not know.
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw new InputError(`${path} is not valid JSON; ${remedy}`, { cause });
  }
}

/**
 * Writes what `readJson` reads, as `writeFileAtomic` does.
 * @throws OutputError where it cannot be written
 */
export const writeJson = (path: string, value: unknown): Promise<void> =>
  writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`);

/** Whether there is a folder at `path`. */
export const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (status) => status.isDirectory(),
    () => false,
  );

/** The `OutputError` of a system error met while writing `path`; anything else comes back as is. */
export function asOutputError(thrown: unknown, path: string): unknown {
  const reason = reasonOf(thrown, outputReasons(path), path);
  if (reason === undefined) return thrown;
  return new OutputError(`cannot write ${path}: ${reason}`, { cause: thrown });
}

/** The `InputError` of a system error met while reading `path`; anything else comes back as is. */
export function asInputError(thrown: unknown, path: string): unknown {
  const reason = reasonOf(thrown, inputReasons, path);
  if (reason === undefined) return thrown;
  return new InputError(`cannot read ${path}: ${reason}`, { cause: thrown });
}

/** Why the system refused; undefined where it is not the system that did. */
function reasonOf(
  thrown: unknown,
  reasons: Readonly<Record<string, string>>,
  path: string,
): string | undefined {
  const code = systemErrorCode(thrown);
  if (code === undefined) return undefined;
  // Of all characters this alone is in no name, and Node does not even ask the system.
  if (path.includes('\0')) return 'no name of a file holds a NUL character';
  // Node's own codes, such as ERR_INVALID_ARG_TYPE, tell of a defect in the call.
  return reasons[code] ?? (code.startsWith('ERR_') ? undefined : messageOf(thrown));
}

const inputReasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EISDIR: 'it is a folder, not a file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ELOOP: 'it is a symbolic link that leads in a circle',
  ENAMETOOLONG: 'the name is too long',
  ERR_FS_FILE_TOO_LARGE: 'it is larger than 2 GiB',
};

function outputReasons(path: string): Readonly<Record<string, string>> {
  return {
    ENOENT: `the folder ${dirname(path)} does not exist; create it first`,
    ENOTDIR: 'a part of the path is a file, not a folder',
    EISDIR: 'it is a folder; give the name of a file',
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    EROFS: 'the disk is read-only',
    ENOSPC: 'the disk is full; free some space',
    EDQUOT: 'the disk quota is used up; free some space',
    ENAMETOOLONG: `the name ${basename(path).slice(0, 40)}… is too long`,
    ELOOP: 'too many symbolic links',
  };
}

async function statIfThere(path: string) {
  try {
    return await stat(path);
  } catch (thrown) {
    if (systemErrorCode(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}

/** A name for a file that is not yet what it is to be, in a folder: it says whose it is. */
export function temporaryIn(folder: string): string {
  const { place, pid } = thisProcess();
  return join(folder, `.mixgan-${place}-${pid}-${randomUUID()}.tmp`);
}

/** Whether a file has the name of a temporary one; older versions did not say whose. */
export const isTemporary = (name: string): boolean => temporaryName.test(name);

const temporaryName = /^\.mixgan-(?:([0-9a-f]{16})-(\d+)-)?[0-9a-f]{8}-[0-9a-f-]{27}\.tmp$/;

/**
 * Removes the temporary files that killed processes left in a folder; nothing where there is none.
 *
 * @param foreign those, too, of which nobody knows here whether their process still runs: nobody
 *   else writes into the folder
 */
export async function removeLeftovers(folder: string, foreign = false): Promise<void> {
  const names = await readdir(folder).catch((thrown: unknown) => {
    if (systemErrorCode(thrown) === 'ENOENT') return [];
    throw thrown;
  });
  const isLeft = (name: string): boolean => {
    const [, place, pid] = temporaryName.exec(name)!;
    const runs = pid === undefined ? undefined : isRunning({ place: place!, pid: Number(pid) });
    return runs === false || (runs === undefined && foreign);
  };
  const leftovers = names.filter((name) => isTemporary(name) && isLeft(name));
  await Promise.all(leftovers.map((name) => rm(join(folder, name), { force: true })));
}

async function replaceFile(path: string, contents: FileContents): Promise<void> {
  const folder = dirname(path);
  const temporary = temporaryIn(folder);
  try {
    await writeTo(temporary, 'wx', contents);
    await rename(temporary, path);
  } catch (thrown) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw thrown;
  }
  await syncFolder(folder);
}

async function writeTo(path: string, flags: 'w' | 'wx', contents: FileContents): Promise<void> {
  const file = await open(path, flags);
  try {
    await (typeof contents === 'function' ? contents(file) : file.writeFile(contents));
    // A device or a pipe has nothing to flush, and some refuse.
    if (flags === 'wx') await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Makes a rename in `folder` survive a power cut. The new file is already in place and whole, and
 * some systems cannot open or flush a folder, so a failure here is not one of the write.
 */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {
    return;
  }
}
