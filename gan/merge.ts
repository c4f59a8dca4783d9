/** The evaluation of a GAN from those of its parts: its figures are of all images together. */
import { joined } from '../src/arrays.js';
import { parseConfig } from '../src/config/parse.js';
import { InputError } from '../src/errors.js';
import type { PartFile } from '../src/family/part-file.js';
import type { Extraction, Features } from '../src/scores/index.js';
import { attributeScores } from './attribute-scores.js';
import type { EvaluationResult } from './evaluate.js';
import {
  type EvaluationPart,
  type Looks,
  type PartDocument,
  partSchema,
  readLooks,
} from './evaluation-part.js';
import { referencesOf } from './scoring.js';

/**
 * @param files all parts of one evaluation, in their order
 * @returns what the whole would have come to in one job, to the bit where the parts were looked at by
 *   an engine that makes the same of an image wherever it stands
 * @throws InputError naming the file that is not of the same evaluation, or holds less
 */
export function mergeGanEvaluations(files: readonly PartFile[]): EvaluationResult {
  const documents = files.map(({ document, file }) =>
    parseConfig(partSchema, document, file, InputError),
  );
  requireAlike(files, documents);
  const parts = files.map((file, i) => readLooks(file, documents[i]!));
  const [{ protocol, looks, attributes }] = parts as [EvaluationPart];
  for (const e of looks.keys()) requireSameEyes(files, parts, e);
  const labels = listOf(parts.map((part) => part.labels));
  const asked = listOf(parts.map((part) => part.asked));
  const extractors = looks.map(({ extractor }, e) => {
    const own = parts.map((part) => part.looks[e]!);
    const real = {
      training: extractionOf(own.map(({ training }) => training)),
      labels: labels?.subarray(0, 2 * protocol.samples),
      heldOut: featuresOf(own.map(({ heldOut }) => heldOut)),
    };
    const classCount = documents[0]!.classNames.length;
    return referencesOf({ name: extractor, classCount }, real, protocol).evaluate(
      extractionOf(own.map(({ generated }) => generated)),
      asked,
    );
  });
  return {
    protocol,
    extractors,
    ...(attributes && {
      attributes: attributeScores(parts.map((part) => part.attributes ?? attributes)),
    }),
  };
}

/** What has to be the same in all parts, as it is said of one that has others. */
const alike = {
  weights: 'the weights of the generator are others',
  images: 'the images of the dataset are others',
  protocol: 'the protocol is another',
  extractors: 'the extractors are others',
} as const satisfies Partial<Record<keyof PartDocument, string>>;

function requireAlike(
  files: readonly Pick<PartFile, 'file'>[],
  documents: readonly PartDocument[],
): void {
  const [first] = documents as [PartDocument];
  const readersOf = ({ attributes }: PartDocument) =>
    attributes?.attributes.map(({ attribute, reader }) => [attribute, reader]);
  const differ = (a: unknown, b: unknown): boolean => JSON.stringify(a) !== JSON.stringify(b);
  documents.forEach((document, i) => {
    const keys = Object.keys(alike) as (keyof typeof alike)[];
    const key = keys.find((key) => differ(document[key], first[key]));
    const what =
      key !== undefined
        ? alike[key]
        : differ(readersOf(document), readersOf(first))
          ? 'the readers of attributes are others'
          : undefined;
    if (what === undefined) return;
    throw new InputError(
      `${files[i]!.file}: ${what} than in ${files[0]!.file}; give parts of one evaluation`,
    );
  });
}

/** Of engines on different machines; of another classifier nothing is as near. */
const tolerance = 1e-3;

/** @throws InputError where an extractor of the same name makes something else of the same images */
function requireSameEyes(
  files: readonly Pick<PartFile, 'file'>[],
  parts: readonly EvaluationPart[],
  e: number,
): void {
  const [{ extractor, probe: expected }] = parts.map(({ looks }) => looks[e]!) as [Looks];
  const largest = expected.values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  parts.forEach(({ looks }, i) => {
    const { probe, training, heldOut, generated } = looks[e]!;
    const dims = [probe, training.features, heldOut, generated.features].map(({ dim }) => dim);
    const isSame =
      dims.every((dim) => dim === expected.dim) &&
      probe.count === expected.count &&
      probe.values.every((value, at) => {
        return Math.abs(value - expected.values[at]!) <= tolerance * largest;
      });
    if (isSame) return;
    throw new InputError(
      `${files[i]!.file}: ${extractor} is another classifier than in ${files[0]!.file}: it makes something else of the same images`,
    );
  });
}

const featuresOf = (parts: readonly Features[]): Features => ({
  values: joined(parts.map(({ values }) => values)),
  count: parts.reduce((sum, { count }) => sum + count, 0),
  dim: parts[0]!.dim,
});

const extractionOf = (parts: readonly Extraction[]): Extraction => ({
  features: featuresOf(parts.map(({ features }) => features)),
  probabilities: joined(parts.map(({ probabilities }) => probabilities)),
});

/** Undefined where a part has none. */
function listOf(parts: readonly (Int32Array | undefined)[]): Int32Array | undefined {
  const there = parts.filter((part) => part !== undefined);
  if (there.length < parts.length) return undefined;
  return Int32Array.from(there.flatMap((part) => [...part]));
}
