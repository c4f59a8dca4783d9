import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ExitCode, InputError, OutputError } from '../src/errors.js';
import {
  asInputError,
  asOutputError,
  readFileChecked,
  readJson,
  readPipedJson,
  readRegularFile,
  writeFileAtomic,
} from '../src/files.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mixgan-files-'));
});
afterEach(() => rm(folder, { recursive: true }));

const systemError = (code: string) => Object.assign(new Error(`${code}: it failed`), { code });

describe('writeFileAtomic', () => {
  it('writes bytes and text, replaces what was there, and leaves no other file', async () => {
    const path = join(folder, 'a.bin');
    await writeFileAtomic(path, Uint8Array.of(1, 2, 3));
    await writeFileAtomic(path, Uint8Array.of(4, 5));
    await writeFileAtomic(join(folder, 'b.txt'), 'schön');
    expect([...(await readFile(path))]).toEqual([4, 5]);
    expect(await readFile(join(folder, 'b.txt'), 'utf8')).toBe('schön');
    expect((await readdir(folder)).sort()).toEqual(['a.bin', 'b.txt']);
  });

  it('writes only the part of a buffer that a view shows', async () => {
    const path = join(folder, 'view');
    await writeFileAtomic(path, Uint8Array.of(0, 1, 2, 3).subarray(1, 3));
    expect([...(await readFile(path))]).toEqual([1, 2]);
  });

  it('is written piece by piece, and back where it began', async () => {
    const path = join(folder, 'pieces');
    await writeFileAtomic(path, async (file) => {
      await file.writeFile('ab');
      await file.writeFile(Uint8Array.of(0x63));
      await file.write('A', 0);
      expect(await readdir(folder)).not.toContain('pieces');
    });
    expect(await readFile(path, 'utf8')).toBe('Abc');
    const failing = writeFileAtomic(path, async (file) => {
      await file.writeFile('x');
      throw new InputError('no more');
    });
    await expect(failing).rejects.toThrow(new InputError('no more'));
    expect(await readFile(path, 'utf8')).toBe('Abc');
    expect(await readdir(folder)).toEqual(['pieces']);
  });

  it('never shows a part of a file to a reader', async () => {
    const path = join(folder, 'shared');
    const content = (value: number) => new Uint8Array(300_000).fill(value);
    await writeFileAtomic(path, content(0));
    let writing = true;
    const writer = (async () => {
      for (let value = 1; value <= 20; value++) await writeFileAtomic(path, content(value));
      writing = false;
    })();
    while (writing) {
      const seen = await readFile(path);
      expect(seen.length).toBe(300_000);
      expect(seen.equals(content(seen[0]!))).toBe(true);
    }
    await writer;
  });

  it('writes through a symbolic link', async () => {
    await writeFile(join(folder, 'real'), 'old');
    await symlink(join(folder, 'real'), join(folder, 'link'));
    await writeFileAtomic(join(folder, 'link'), 'new');
    expect(await readFile(join(folder, 'real'), 'utf8')).toBe('new');
  });

  it('names the missing folder', async () => {
    const path = join(folder, 'no', 'such', 'file');
    await expect(writeFileAtomic(path, '')).rejects.toThrow(
      new OutputError(
        `cannot write ${path}: the folder ${join(folder, 'no', 'such')} does not exist; ` +
          'create it first',
      ),
    );
  });

  it('refuses a folder, and a file used as a folder', async () => {
    await writeFile(join(folder, 'file'), '');
    await mkdir(join(folder, 'sub'));
    await expect(writeFileAtomic(join(folder, 'sub'), '')).rejects.toThrow(/sub: it is a folder/);
    await expect(writeFileAtomic(join(folder, 'file', 'x'), '')).rejects.toThrow(
      /a part of the path is a file, not a folder$/,
    );
    expect((await readdir(folder)).sort()).toEqual(['file', 'sub']);
  });

  it.runIf(existsSync('/dev/full'))('says that the disk is full, and keeps a device', async () => {
    const failure = await writeFileAtomic('/dev/full', 'x').catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(OutputError);
    expect(failure).toMatchObject({
      message: 'cannot write /dev/full: the disk is full; free some space',
      exitCode: ExitCode.output,
    });
    await writeFileAtomic('/dev/null', 'x');
    expect((await readFile('/dev/null')).length).toBe(0);
  });

  it('removes its temporary file when it fails, and lets a defect through as it is', async () => {
    const write = writeFileAtomic(join(folder, 'x'), 7 as never);
    await expect(write).rejects.toThrow(TypeError);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('readFileChecked', () => {
  it('reads a file', async () => {
    await writeFile(join(folder, 'a'), 'abc');
    expect((await readFileChecked(join(folder, 'a'))).toString()).toBe('abc');
  });

  it('explains a missing file, a folder, and a file used as a folder', async () => {
    await writeFile(join(folder, 'a'), '');
    const missing = join(folder, 'b');
    await expect(readFileChecked(missing)).rejects.toThrow(
      new InputError(`cannot read ${missing}: there is no such file or folder`),
    );
    await expect(readFileChecked(folder)).rejects.toThrow(/it is a folder, not a file$/);
    await expect(readFileChecked(join(folder, 'a', 'b'))).rejects.toThrow(
      /is a file, not a folder/,
    );
  });
});

describe('readPipedJson', () => {
  it('reads what a process writes, and no more than any configuration', async (context) => {
    const path = join(folder, 'pipe');
    if (spawnSync('mkfifo', [path]).status !== 0) context.skip('there is no mkfifo here');
    const [value] = await Promise.all([
      readPipedJson(path, 'give one'),
      writeFile(path, '{"steps": 3}'),
    ]);
    expect(value).toEqual({ steps: 3 });
    await expect(readJson(path, 'give one')).rejects.toThrow(
      new InputError(`cannot read ${path}: it is a pipe, a socket or a device, not a file`),
    );
  });

  it.skipIf(!existsSync('/dev/zero'))('reads no more than any configuration takes', async () => {
    await expect(readPipedJson('/dev/zero', 'give one')).rejects.toThrow(
      new InputError('/dev/zero is too large: 16 MiB are read at most'),
    );
  });

  it('names what is wrong', async () => {
    await expect(readPipedJson(folder, 'give one')).rejects.toThrow(
      new InputError(`cannot read ${folder}: it is a folder, not a file`),
    );
    const path = join(folder, 'a.json');
    await writeFile(path, '{');
    await expect(readPipedJson(path, 'give one')).rejects.toThrow(
      new InputError(`${path} is not valid JSON; give one`),
    );
  });
});

describe('readRegularFile', () => {
  it('refuses what is longer than it may be, and what is no file', async () => {
    const path = join(folder, 'a');
    await writeFile(path, 'abc');
    expect(String(await readRegularFile(path, 3))).toBe('abc');
    await expect(readRegularFile(path, 2)).rejects.toThrow(
      new InputError(`${path} is too large: 1 MiB; at most 1 MiB are read`),
    );
    await expect(readRegularFile(folder)).rejects.toThrow(
      new InputError(`cannot read ${folder}: it is a folder, not a file`),
    );
  });
});

describe('readJson', () => {
  it('reads a file that begins with a byte order mark', async () => {
    const path = join(folder, 'config.json');
    await writeFile(path, '\uFEFF{"steps": 7}');
    expect(await readJson(path, 'mend it')).toEqual({ steps: 7 });
  });
});

describe('system errors', () => {
  it.each([
    ['EACCES', 'permission denied'],
    ['EROFS', 'the disk is read-only'],
    ['ENOSPC', 'the disk is full; free some space'],
    ['EIO', 'EIO: it failed'],
  ])('%s is an OutputError: %s', (code, reason) => {
    expect(asOutputError(systemError(code), '/a/b')).toEqual(
      new OutputError(`cannot write /a/b: ${reason}`),
    );
  });

  it('EACCES is an InputError when reading', () => {
    expect(asInputError(systemError('EACCES'), '/a/b')).toEqual(
      new InputError('cannot read /a/b: permission denied'),
    );
  });

  it.each(['a\0b', '/x/\0'])('names a NUL in %j', async (path) => {
    await expect(readFileChecked(path)).rejects.toThrow(
      new InputError(`cannot read ${path}: no name of a file holds a NUL character`),
    );
    await expect(writeFileAtomic(path, '')).rejects.toThrow(OutputError);
  });

  it('leaves every other error as it is', () => {
    for (const other of [new RangeError('x'), systemError('ERR_INVALID_ARG_TYPE'), 'text']) {
      expect(asOutputError(other, '/a')).toBe(other);
      expect(asInputError(other, '/a')).toBe(other);
    }
  });
});
