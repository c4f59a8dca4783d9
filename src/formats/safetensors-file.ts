/** Writing safetensors files. */
import { writeFileAtomic } from '../files.js';
import { encodeSafetensors, type Metadata } from './safetensors.js';
import type { LazyTensor } from './tensor-file.js';

/**
 * Writes a file, each tensor when its turn comes.
 * @throws OutputError where it cannot be written; nothing is left behind then
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, LazyTensor>,
  metadata: Metadata,
): Promise<void> {
  await writeFileAtomic(path, async (file) => {
    for await (const bytes of encodeSafetensors(tensors, metadata)) await file.writeFile(bytes);
  });
}
