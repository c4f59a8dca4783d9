/**
 * A disk that is soon full.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';

export interface SmallDisk {
  readonly folder: string;
  unmount(): Promise<void>;
}

/**
 * @param size as `mount` has it: `256k`
 * @returns an empty disk; undefined where there is none to be had
 */
export async function mountSmallDisk(size: string): Promise<SmallDisk | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'mixgan-disk-'));
  const mount = ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder];
  try {
    execFileSync('mount', mount, { stdio: 'ignore' });
  } catch {
    await rmdir(folder);
    return undefined;
  }
  return {
    folder,
    async unmount() {
      execFileSync('umount', [folder]);
      await rmdir(folder);
    },
  };
}

/** Calls `use` with the folder of an empty disk of 256 KiB; skips the test where there is none. */
export async function withSmallDisk(
  context: TestContext,
  use: (folder: string) => Promise<void>,
): Promise<void> {
  const disk = await mountSmallDisk('256k');
  if (disk === undefined) return context.skip('only root on Linux can mount a small disk');
  try {
    await use(disk.folder);
  } finally {
    await disk.unmount();
  }
}
