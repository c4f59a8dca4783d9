/**
 * What jobs that know nothing of each other made of parts, put together.
 */
import { extname } from 'node:path';
import { z } from 'zod';
import { parseConfig } from '../../config/parse.js';
import { InputError, UsageError } from '../../errors.js';
import type { Family } from '../../family/family.js';
import { outFlag } from '../../family/flags.js';
import type { PartFile } from '../../family/part-file.js';
import { readJson, writeJson } from '../../files.js';
import { enumerated, shortened } from '../../text.js';
import type { Definition } from '../definition.js';
import { jsonFlag } from '../options.js';
import { print } from '../output.js';

const flags = {
  out: outFlag('FILE.npy or FILE.json, to write', '.npy', '.json'),
  ...jsonFlag,
};

/** `mixgan merge FILES… --out FILE` */
export const mergeDefinition = (families: readonly Family[]): Definition => ({
  args: [
    [
      '<files...>',
      'what was written of each part: .npy pictures, .json or .safetensors evaluations',
    ],
  ],
  flags,
  notes: `
Pictures follow one another by the numbers in the files' names. Evaluations are what evaluate --shard I/N
--json printed of a classifier, or wrote of a GAN to --out PART.safetensors; all N parts are needed, each
once. The result is what evaluate --json prints of the whole: --out RUN/evaluation.json stands for --save.`,
  act: async ([given], { out, json }) => {
    const files = [...(given as readonly string[])].sort(byNumbers);
    const path = out as string;
    const kind = extname(path).toLowerCase();
    const kinds = kind === '.npy' ? [kind] : [kind, partEnding];
    const other = files.find((file) => !kinds.includes(extname(file).toLowerCase()));
    if (other !== undefined) {
      throw new UsageError(
        `--out ${path}: ${other} is no ${kinds.join(' or ')} file; give files of one kind`,
      );
    }
    const document =
      kind === '.npy'
        ? await mergeArrays(files, path)
        : await mergeEvaluations(families, files, path);
    print(json, { document: { file: path, parts: files.length, ...document }, text: () => path });
  },
});

/** Of a file of tensors. */
const partEnding = '.safetensors';

/** `part-2` comes before `part-10`. */
const byNumbers = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });

async function mergeArrays(files: readonly string[], out: string) {
  const [{ readNpyBytes }, { writeNpy }] = await Promise.all([
    import('../../formats/npy-bytes.js'),
    import('../../formats/npy.js'),
  ]);
  const parts = await Promise.all(files.map(readNpyBytes));
  const [, ...rest] = parts[0]!.shape;
  const odd = parts.findIndex(({ shape }) => shape.slice(1).join() !== rest.join());
  if (odd >= 0) {
    throw new InputError(
      `${files[odd]} holds [${parts[odd]!.shape.join(', ')}], ${files[0]} [${parts[0]!.shape.join(', ')}]; give parts of one whole`,
    );
  }
  const shape = [parts.reduce((sum, part) => sum + part.shape[0]!, 0), ...rest];
  await writeNpy(out, Buffer.concat(parts.map(({ values }) => values)), shape);
  return { shape };
}

const partSchema = z.object({
  part: z.object({ kind: z.string(), index: z.int().min(0), of: z.int().min(1) }),
  run: z.string(),
  step: z.number(),
  temperature: z.number().exactOptional(),
  data: z.string(),
  views: z.string().exactOptional(),
  classNames: z.array(z.string()),
});

async function mergeEvaluations(
  families: readonly Family[],
  files: readonly string[],
  out: string,
) {
  const parts = (await Promise.all(files.map(readPartFile))).map((read) => ({
    ...read,
    head: parseConfig(partSchema, read.document, read.file, InputError),
  }));
  const [first] = parts as [(typeof parts)[0], ...typeof parts];
  const { part, ...about } = first.head;
  requireWhole(
    parts.map(({ file, head }) => ({ file, ...head.part })),
    part.of,
  );
  for (const { file, head } of parts) requireAlike(file, head, first.file, first.head);
  const merge = await families.find(({ kind }) => kind === part.kind)?.merge?.();
  if (merge === undefined) {
    throw new InputError(`${first.file}: evaluations of a ${part.kind} cannot be put together`);
  }
  const whole = merge.merge(parts.toSorted((a, b) => a.head.part.index - b.head.part.index));
  await writeJson(out, { ...about, ...whole });
  return whole;
}

async function readPartFile(file: string): Promise<PartFile> {
  if (extname(file).toLowerCase() === partEnding) {
    return (await import('../../family/part-file.js')).readPart(file);
  }
  const document = await readJson(file, 'write it again: mixgan evaluate RUN --shard I/N --json');
  return { file, document, tensors: new Map() };
}

type Head = z.output<typeof partSchema>;

/** @throws InputError naming what a part has otherwise than the first */
function requireAlike(file: string, head: Head, firstFile: string, first: Head): void {
  const told = ({ part: { kind }, ...about }: Head) => ({ ...about, kind });
  const [own, other] = [told(head), told(first)];
  for (const key of Object.keys({ ...own, ...other }) as (keyof typeof own)[]) {
    const [mine, its] = [own[key], other[key]].map((value) => JSON.stringify(value ?? null));
    if (mine === its) continue;
    throw new InputError(
      `${file} is of another model, step or dataset than ${firstFile}: ${key} ${shortened(mine!)}, not ${shortened(its!)}`,
    );
  }
}

/** @throws InputError naming what is missing, or there twice */
function requireWhole(
  parts: readonly { readonly file: string; readonly index: number; readonly of: number }[],
  of: number,
): void {
  const seen = new Map<number, string>();
  for (const { file, index, of: own } of parts) {
    if (own !== of || index >= of) {
      throw new InputError(`${file} is part ${index} of ${own}, ${parts[0]!.file} one of ${of}`);
    }
    if (seen.has(index))
      throw new InputError(`${file} and ${seen.get(index)} are both part ${index}`);
    seen.set(index, file);
  }
  const missing = Array.from({ length: of }, (_, i) => i).filter((i) => !seen.has(i));
  if (missing.length === 0) return;
  throw new InputError(
    `of ${of} parts ${enumerated(missing.slice(0, 10).map(String))} ${missing.length === 1 ? 'is' : 'are'} missing`,
  );
}
