/**
 * A disk that is soon full.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';

/** Calls `use` with the folder of an empty disk of 256 KiB; skips the test where there is none. */
export async function withSmallDisk(
  context: TestContext,
  use: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'mixgan-disk-'));
  const mount = ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', folder];
  try {
    execFileSync('mount', mount, { stdio: 'ignore' });
  } catch {
    await rmdir(folder);
    context.skip('only root on Linux can mount a small disk');
  }
  try {
    await use(folder);
  } finally {
    execFileSync('umount', [folder]);
    await rmdir(folder);
  }
}
