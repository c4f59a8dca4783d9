/**
 * Runs on a disk that becomes full at a random moment, and has space again when they have ended.
 */
import type { ChildProcess } from 'node:child_process';
import { cp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemErrorCode } from '../../src/errors.js';
import type { RandomStream } from '../../src/random.js';
import { loadCheckpoint } from '../../src/train/checkpoint.js';
import { mountSmallDisk } from '../train/small-disk.js';
import { launch, verdict, whenTraining } from './kills.js';
import type { Lane } from './lanes.js';

export interface DiskReport {
  readonly runs: number;
  /** Those that the full disk stopped, and did not come too late for. */
  readonly stopped: number;
  readonly defects: readonly string[];
}

/**
 * @param data the folder of the images, which is copied to the disk
 * @returns undefined where no small disk can be had: that takes root on Linux
 */
export async function fillDisks(
  lanes: readonly Lane[],
  program: string | undefined,
  data: string,
  random: RandomStream,
): Promise<DiskReport | undefined> {
  let stopped = 0;
  const defects: string[] = [];
  for (const lane of lanes) {
    const disk = await mountSmallDisk('8m');
    if (disk === undefined) return undefined;
    const cwd = disk.folder;
    try {
      await cp(data, join(cwd, 'digits'), { recursive: true });
      const wanted = await launch({ cwd, lane, program }, 'straight');
      if (wanted.code !== 0) throw new Error(`${lane.name}: ${wanted.stderr}`);
      const filler = join(cwd, 'filler');
      const { code, stderr } = await launch({ cwd, lane, program }, 'run', (child) =>
        fillAtRandom(child, filler, random),
      );
      const last = stderr.trimEnd().split('\n').at(-1)!;
      const isTold = code === 4 && /^mixgan: cannot write .*: the disk is full;/.test(last);
      if (isTold) stopped++;
      else if (code !== 0) defects.push(`${lane.name}: ended with ${code}: ${last}`);
      const checkpoint = join(cwd, 'run', 'checkpoint', 'latest.safetensors');
      await loadCheckpoint(checkpoint).catch((thrown: Error) => {
        if (!thrown.message.startsWith('there is no checkpoint')) defects.push(thrown.message);
      });
      await rm(filler, { force: true });
      const again = await launch({ cwd, lane, program }, 'run');
      defects.push(...(await verdict(again, join(cwd, 'run'), join(cwd, 'straight'))));
    } finally {
      await disk.unmount();
    }
  }
  return { runs: lanes.length, stopped, defects };
}

function fillAtRandom(child: ChildProcess, filler: string, random: RandomStream): void {
  const delay = random.uniform(0, 600);
  whenTraining(child, () => setTimeout(() => void fill(filler), delay).unref());
}

/** Writes until there is no space. */
async function fill(path: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (const size of [65_536, 512]) {
      const bytes = Buffer.alloc(size, 1);
      while (await written(file, bytes));
    }
  } finally {
    await file.close();
  }
}

async function written(file: Awaited<ReturnType<typeof open>>, bytes: Buffer): Promise<boolean> {
  try {
    return (await file.write(bytes)).bytesWritten === bytes.length;
  } catch (thrown) {
    if (systemErrorCode(thrown) === 'ENOSPC') return false;
    throw thrown;
  }
}
