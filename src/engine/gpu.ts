/** Whether this machine can have a GPU at all, as far as that can be told without loading anything. */
import { readdir } from 'node:fs/promises';

const kernelFiles = /^(nvidia\d+|dxg|kfd|mali\d*)$/;

/** Linux shows GPUs as files, also to containers that they were handed to; elsewhere there is one as a rule. */
export async function mayHaveGpu(
  platform: string = process.platform,
  devices = '/dev',
): Promise<boolean> {
  if (platform !== 'linux') return true;
  const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);
  const [all, drawing] = await Promise.all([namesIn(devices), namesIn(`${devices}/dri`)]);
  return (
    all.some((name) => kernelFiles.test(name)) || drawing.some((name) => name.startsWith('renderD'))
  );
}
