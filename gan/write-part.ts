/** Writing a part of an evaluation for `mixgan merge`. */
import type { DatasetSplits, ImageDataset } from '../src/data/dataset.js';
import type { Outcome } from '../src/family/family.js';
import { bytesOf, sha256Of, writePart } from '../src/family/part-file.js';
import type { LoadedCheckpoint } from '../src/train/checkpoint.js';
import type { Share } from '../src/train/world.js';
import type { GanConfig } from './config.js';
import { type EvaluationPart, type PartDocument, partTensors } from './evaluation-part.js';

/** What was evaluated, and what came of the part. */
export interface EvaluatedPart {
  readonly path: string;
  readonly config: Pick<GanConfig, 'temperature'>;
  readonly checkpoint: LoadedCheckpoint;
  readonly data: DatasetSplits;
  readonly part: EvaluationPart;
}

/** @throws OutputError where it cannot be written */
export async function writeEvaluationPart(
  { share: { rank, size }, out }: { readonly share: Share; readonly out: string },
  { path, config: { temperature }, checkpoint, data: { train, test }, part }: EvaluatedPart,
): Promise<Outcome> {
  const { protocol, looks, attributes } = part;
  const whole = { run: path, step: checkpoint.step, temperature, data: train.name };
  const document = {
    part: { kind: 'gan' as const, index: rank, of: size },
    ...whole,
    classNames: train.classNames,
    weights: digestOfWeights(checkpoint),
    images: sha256Of([train, test].flatMap(bytesOfImages)),
    protocol,
    extractors: looks.map(({ extractor }) => extractor),
    ...(attributes && { attributes }),
  } satisfies PartDocument;
  await writePart(out, document, partTensors(part));
  const [{ training, heldOut, generated }] = looks as [EvaluationPart['looks'][0]];
  const images = {
    generated: generated.features.count,
    training: training.features.count,
    heldOut: heldOut.count,
  };
  return {
    document: { file: out, part: document.part, ...whole, extractors: document.extractors, images },
    text: () =>
      `part ${rank} of ${size}, counted from 0: ${images.generated} of ${protocol.samples} generated images, ${images.training} of ${protocol.trainingImages} training images and ${images.heldOut} of ${protocol.heldOutImages} held-out ones: ${out}`,
  };
}

/** Of the averaged weights, with which pictures are drawn. */
const digestOfWeights = ({ variables }: LoadedCheckpoint): string =>
  sha256Of(
    [...variables]
      .filter(([name]) => name.startsWith('average/'))
      .flatMap(([name, { shape, values }]) => [`${name} ${shape}`, bytesOf(values)]),
  );

/** With what they show, by which a generator is asked for the like. */
const bytesOfImages = ({ images, labels, attributes = [] }: ImageDataset): Uint8Array[] => [
  images,
  ...(labels === undefined ? [] : [bytesOf(labels)]),
  ...attributes.map(({ labels }) => bytesOf(labels)),
];
