/**
 * What can be read below `data/`, by its path. The server answers with it, and a site is written of it.
 */
import { join } from 'node:path';
import type { Family } from '../../src/family/family.js';
import type { Hello, RunDetail } from '../shared/protocol.js';
import type { Examinations } from './examinations.js';
import { formOf } from './forms.js';
import type { Models } from './models.js';
import { openPlain, plainBytes, readBytes } from './plain-file.js';
import type { RunEntry } from './run-entry.js';
import { type Runs, readConfig } from './runs.js';

export interface Resource {
  readonly type: string;
  readonly bytes: Uint8Array | string;
  /** Told in headers: of metrics, which file they are of. */
  readonly version?: string;
}

export interface Library {
  readonly runs: Runs;
  readonly families: readonly Family[];
  readonly hello: Hello;
  readonly models: Models;
  readonly examinations: Examinations;
}

const json = (value: unknown): Resource => ({
  type: 'application/json',
  bytes: JSON.stringify(value),
});

/** More than any picture of a run has. */
const longestPicture = 2 ** 26;
const longestEvaluation = 2 ** 26;
/** Of a log, its last bytes. */
const logBytes = 2 ** 15;
/** Of metrics, so many bytes in one answer. */
const mostMetrics = 2 ** 25;

/**
 * @param parts of the path below `data/`
 * @param from of metrics, the first byte that is wanted
 * @returns undefined where there is no such thing
 */
export async function resourceAt(
  library: Library,
  parts: readonly string[],
  from = 0,
): Promise<Resource | undefined> {
  const [first, second, third] = parts;
  if (parts.length === 1 && first === 'hello.json') return json(library.hello);
  if (parts.length === 1 && first === 'runs.json') return json(library.runs.list());
  if (parts.length === 2 && first === 'forms') {
    const kind = second!.replace(/\.json$/, '');
    const family = library.families.find((known) => known.kind === kind);
    return family && json(await formOf(family));
  }
  if (parts.length === 3 && first === 'runs') {
    const entry = library.runs.get(second!);
    return entry && ofRun(library, entry, third!, from);
  }
  return undefined;
}

async function ofRun(
  { models, examinations }: Library,
  entry: RunEntry,
  name: string,
  from: number,
): Promise<Resource | undefined> {
  const { run } = entry;
  if (name === 'run.json') return json(await detailOf(entry));
  if (name === 'metrics.jsonl') return metricsOf(entry, from);
  if (/^(reals|fakes-\d{6,})\.png$/.test(name)) {
    const bytes = await plainBytes(join(run.path, name), longestPicture);
    return bytes && { type: 'image/png', bytes };
  }
  if (name === 'model.json') return json(await models.info(entry));
  if (name === 'examination.json') {
    return { type: 'application/json', bytes: await examinations.document(entry) };
  }
  if (name === 'examination.png') {
    return { type: 'image/png', bytes: await examinations.sheet(entry) };
  }
  if (name === 'model.onnx') {
    return { type: 'application/octet-stream', bytes: await models.bytes(entry) };
  }
  return undefined;
}

async function detailOf({ run, path }: RunEntry): Promise<RunDetail> {
  const [config, pictures, reals, log, evaluation] = await Promise.all([
    readConfig(run.configPath),
    run.stepsOfFakes().catch(() => []),
    openPlain(run.realsPath),
    tailOf(run.logPath),
    plainBytes(run.evaluationPath, longestEvaluation),
  ]);
  await reals?.close();
  return {
    ...{ config, path, pictures, hasReals: reals !== undefined, log },
    ...(evaluation && { evaluation: parsed(evaluation) }),
  };
}

/** Whole lines, as many as fit in one answer. */
async function metricsOf(entry: RunEntry, from: number): Promise<Resource | undefined> {
  const file = await openPlain(entry.run.metricsPath);
  if (file === undefined) return { type: 'application/jsonl', bytes: '', version: '' };
  try {
    const { size, ino } = await file.stat();
    const bytes = await readBytes(file, from, Math.min(size, from + mostMetrics));
    return {
      type: 'application/jsonl',
      bytes: bytes.subarray(0, bytes.lastIndexOf(10) + 1),
      version: ino.toString(36),
    };
  } finally {
    await file.close();
  }
}

async function tailOf(path: string): Promise<string> {
  const file = await openPlain(path);
  if (file === undefined) return '';
  try {
    const { size } = await file.stat();
    const text = (await readBytes(file, Math.max(0, size - logBytes), size)).toString();
    return size > logBytes ? text.slice(text.indexOf('\n') + 1) : text;
  } finally {
    await file.close();
  }
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}
