/**
 * Writing a trained model for other programs.
 */
import type { z } from 'zod';
import { openEngine } from '../engine/open.js';
import { UsageError } from '../errors.js';
import type { ExportFormat } from '../formats/export-formats.js';
import type { ExportedModel } from '../formats/exported-model.js';
import { writeModelFile } from '../formats/model-file.js';
import { writeOnnx } from '../formats/onnx/write.js';
import { writeTfjs } from '../formats/tfjs/write.js';
import { packageVersion } from '../version.js';
import type { FamilyConfig, FamilyExport, Flags, RestoredModel, Trained } from './family.js';

/** What any model can be written as. */
const writers = { onnx: writeOnnx, tfjs: writeTfjs, safetensors: writeModelFile } as const;

export interface ExportRequest {
  readonly format: ExportFormat;
  /** File to write; for tfjs a new folder. */
  readonly out: string;
}

/** What was written. */
export interface Exported {
  /** All files, the one to give to a reader first. */
  readonly files: readonly string[];
  readonly model: ExportedModel;
}

/**
 * Writes a trained model.
 *
 * @param own what the family alone can be told
 * @throws UsageError where this model is not written so; OutputError where it cannot be
 */
export async function exportTrained<C extends FamilyConfig, F extends Flags>(
  { formats = [], restore, check, write }: FamilyExport<C, F>,
  trained: Trained<C>,
  asked: ExportRequest,
  own: z.output<F>,
  say: (line: string) => void,
): Promise<Exported> {
  const { format, out } = asked;
  check?.(own, format);
  const known: readonly string[] = [...Object.keys(writers), ...formats];
  if (!known.includes(format)) {
    throw new UsageError(
      `--format ${format}: ${trained.path} is a run of a ${trained.config.kind}, which is not written so; there are ${known.join(', ')}`,
    );
  }
  // Nothing is computed, and this one is everywhere.
  await openEngine('cpu');
  const restored = await restore(trained, own);
  const model = { ...restored, metadata: metadataOf(restored) };
  const files =
    (await write?.(trained, model, own, asked, say)) ??
    (await writers[format as keyof typeof writers](out, model));
  return { files, model };
}

const metadataOf = ({ description, testAccuracy, checkpoint }: RestoredModel) => ({
  mixgan: packageVersion(),
  description,
  kind: checkpoint.kind,
  step: String(checkpoint.step),
  config: JSON.stringify(checkpoint.config),
  ...(testAccuracy === undefined ? {} : { testAccuracy: String(testAccuracy) }),
});
