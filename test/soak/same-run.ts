/**
 * Two runs that should be one.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** In what two runs' folders differ, in words: names, weights, pictures, metrics but for times. */
export async function differencesOfRuns(found: string, wanted: string): Promise<string[]> {
  const [names, expected] = await Promise.all([found, wanted].map(filesIn));
  const differing = [
    ...names!.filter((name) => !expected!.includes(name)).map((name) => `${name} is left over`),
    ...expected!.filter((name) => !names!.includes(name)).map((name) => `${name} is missing`),
  ];
  for (const name of expected!.filter((name) => names!.includes(name))) {
    const [a, b] = await Promise.all([found, wanted].map((run) => contentsOf(join(run, name))));
    if (!a!.equals(b!)) differing.push(`${name} differs`);
  }
  return differing;
}

async function filesIn(run: string): Promise<string[]> {
  const entries = await readdir(run, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(run.length + 1))
    .sort();
}

async function contentsOf(path: string): Promise<Buffer> {
  const bytes = await readFile(path);
  if (path.endsWith('metrics.jsonl')) return Buffer.from(withoutTimes(bytes.toString()));
  // It tells how often the run was started.
  return path.endsWith('log.txt') ? Buffer.alloc(0) : bytes;
}

const withoutTimes = (metrics: string): string =>
  metrics.replace(/,"(?:seconds|dataWait)":[\d.e-]+/g, '');
