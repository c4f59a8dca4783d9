/**
 * Very many steps in one process: neither memory, nor open files, nor the time of a step may grow.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../support/cli.js';
import type { Lane } from './lanes.js';

export interface Sample {
  readonly step: number;
  /** Of the process, resident. */
  readonly bytes: number;
  readonly handles: number;
  /** Time of the processor, over the steps since the last sample. */
  readonly msPerStep: number;
}

export interface StepsReport {
  readonly steps: number;
  /** After a tenth of the steps, and at the end. */
  readonly early: Sample;
  readonly late: Sample;
  readonly defects: readonly string[];
}

/** Fewer steps are told of, and not judged: until about 5,000 a process still gets ready. */
const fewestToJudge = 50_000;

/** Memory may grow by this share between a tenth of the steps and the end … */
const mostGrowth = 0.05;
/** … and the time of a step, which machines make uneven, by this. */
const mostSlowing = 0.5;

const child = fileURLToPath(new URL('steps-child.ts', import.meta.url));
const tsx = import.meta.resolve('tsx');

export async function manySteps(
  kind: Lane['kind'],
  steps: number,
  cwd: string,
): Promise<StepsReport> {
  const args = ['--import', tsx, child, kind, String(steps), join(cwd, 'digits')];
  const { code, signal, stdout, stderr } = await run(process.execPath, [
    ...args,
    join(cwd, `${kind}-steps`),
  ]);
  if (code !== 0) throw new Error(`${kind}: ended with ${code ?? signal}: ${stderr}`);
  const samples = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Sample);
  return judge(samples);
}

/** Compares medians of a twentieth of the steps each: single samples hit collections of the heap. */
export function judge(samples: readonly Sample[]): StepsReport {
  const last = samples.at(-1)!.step;
  const within = (from: number, to: number): readonly Sample[] => {
    const found = samples.filter(({ step }) => step > from * last && step <= to * last);
    return found.length > 0 ? found : samples;
  };
  const [early, late] = [medians(within(0.1, 0.15)), medians(within(0.95, 1))];
  const grown = late.bytes / early.bytes - 1;
  const slowed = late.msPerStep / early.msPerStep - 1;
  const handles = samples.filter(({ step }) => step > 0.1 * last).map((sample) => sample.handles);
  const grew = [
    ...(grown > mostGrowth ? [`memory grew by ${(100 * grown).toFixed(1)}%`] : []),
    ...(slowed > mostSlowing ? [`steps became slower by ${(100 * slowed).toFixed(0)}%`] : []),
    ...(new Set(handles).size > 1
      ? [`${Math.min(...handles)} to ${Math.max(...handles)} files were open`]
      : []),
  ];
  return { steps: last, early, late, defects: last < fewestToJudge ? [] : grew };
}

function medians(samples: readonly Sample[]): Sample {
  const median = (key: keyof Sample): number =>
    samples.map((sample) => sample[key]).sort((a, b) => a - b)[samples.length >> 1]!;
  return {
    step: median('step'),
    bytes: median('bytes'),
    handles: median('handles'),
    msPerStep: median('msPerStep'),
  };
}
