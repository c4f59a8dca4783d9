import { UsageError } from '../../errors.js';
import { writeFileAtomic } from '../../files.js';
import { report } from '../output.js';
import { kindOfRun } from '../runs.js';
import type { EvaluateFlags, Measured } from './evaluate-flags.js';

/** `mixgan evaluate RUN` */
export async function evaluate(path: string, flags: EvaluateFlags): Promise<void> {
  const { run, document, text } = await measure(path, flags);
  if (flags.save === true) {
    await writeFileAtomic(run.evaluationPath, `${JSON.stringify(document, null, 2)}\n`);
  }
  report(flags.json, document, () => text);
}

async function measure(path: string, flags: EvaluateFlags): Promise<Measured> {
  if ((await kindOfRun(path)) === 'gan') {
    refuse(flags, ['best', 'views'], `is for runs of a classifier, and ${path} is one of a GAN`);
    return (await import('./evaluate-gan.js')).evaluateGanRun(path, flags);
  }
  refuse(flags, ['against', 'extractor'], `is for runs of a GAN, and ${path} is not one`);
  return (await import('./evaluate-classifier.js')).evaluateClassifierRun(path, flags);
}

function refuse(flags: EvaluateFlags, names: readonly (keyof EvaluateFlags)[], why: string): void {
  const unfit = names.find((name) => flags[name] !== undefined);
  if (unfit !== undefined) throw new UsageError(`--${unfit} ${why}`);
}
