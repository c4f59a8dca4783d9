/**
 * A part of an evaluation, which a job of many looked at: features of its share of the images, from
 * which the scores of all are computed once every part is there.
 *
 * Axes: N images, D features, K classes.
 */
import { z } from 'zod';
import { float32, type HostTensor, int32 } from '../src/compile/step.js';
import { InputError } from '../src/errors.js';
import type { PartFile } from '../src/family/part-file.js';
import type { Extraction, Features } from '../src/scores/index.js';
import { type Rows, rowsOf } from '../src/train/share.js';
import type { AttributeCounts } from './attribute-scores.js';
import { type SizedProtocol, trainingLooks } from './protocol.js';

/** What an extractor makes of a share of the images. */
export interface Looks {
  readonly extractor: string;
  readonly training: Extraction;
  readonly heldOut: Features;
  readonly generated: Extraction;
  /** Of a few images, the same in all parts. */
  readonly probe: Features;
}

export interface EvaluationPart {
  readonly protocol: SizedProtocol;
  readonly looks: readonly Looks[];
  /** Classes of the training images, where they have such. */
  readonly labels: Int32Array | undefined;
  /** Of each generated image the class it should be of, where that is known. */
  readonly asked: Int32Array | undefined;
  readonly attributes: AttributeCounts | undefined;
}

const count = z.int().min(0);
const counted = z.object({ met: count, of: count });

/** The document of a part's file. */
export const partSchema = z.object({
  part: z.object({ kind: z.literal('gan'), index: count, of: z.int().min(1) }),
  classNames: z.array(z.string()).min(2).readonly(),
  /** Digests of the generator's weights, and of the images. */
  weights: z.string(),
  images: z.string(),
  protocol: z.object({
    seed: z.number(),
    samples: z.int().min(1),
    manifoldSamples: z.int().min(1),
    trainingImages: z.int().min(1),
    heldOutImages: z.int().min(1),
  }),
  extractors: z.array(z.string()).min(1),
  attributes: z
    .object({
      attributes: z
        .array(
          z.object({
            attribute: z.string(),
            reader: z.string(),
            shown: counted,
            floor: counted.exactOptional(),
          }),
        )
        .readonly(),
      all: counted,
    })
    .exactOptional(),
});

export type PartDocument = z.output<typeof partSchema>;

/** The tensors of a part's file. */
export function partTensors({ looks, labels, asked }: EvaluationPart): Map<string, HostTensor> {
  const tensors = new Map<string, HostTensor>();
  const add = (name: string, { values, count, dim }: Features): void => {
    tensors.set(name, float32([count, dim], values));
  };
  looks.forEach(({ training, heldOut, generated, probe }, e) => {
    for (const [name, { features, probabilities }] of Object.entries({ training, generated })) {
      add(`${e}/${name}/features`, features);
      const dim = probabilities.length / features.count;
      add(`${e}/${name}/probabilities`, { values: probabilities, count: features.count, dim });
    }
    add(`${e}/heldOut/features`, heldOut);
    add(`${e}/probe/features`, probe);
  });
  if (labels !== undefined) tensors.set('training/labels', int32([labels.length], labels));
  if (asked !== undefined) tensors.set('generated/asked', int32([asked.length], asked));
  return tensors;
}

/**
 * What a part's file holds.
 * @throws InputError where it is not as many images as its share is
 */
export function readLooks(
  { file, tensors }: PartFile,
  { part, protocol, extractors, classNames, attributes }: PartDocument,
): EvaluationPart {
  const own = (all: number): number => {
    const { from, to }: Rows = rowsOf(all, { rank: part.index, size: part.of });
    return to - from;
  };
  const counts = {
    training: own(trainingLooks(protocol)),
    heldOut: own(protocol.heldOutImages),
    generated: own(protocol.samples),
  };
  const refuse = (name: string): InputError =>
    new InputError(`${file}: ${name} is missing, or not of as many images as its part has`);
  const table = (name: string, count?: number, dim?: number): Features => {
    const tensor = tensors.get(name);
    const [rows = 0, columns = 0] = tensor?.shape ?? [];
    const isFine =
      tensor?.dtype === 'float32' &&
      tensor.shape.length === 2 &&
      columns > 0 &&
      rows === (count ?? rows) &&
      columns === (dim ?? columns);
    if (!isFine) throw refuse(name);
    return { values: tensor.values as Float32Array, count: rows, dim: columns };
  };
  const list = (name: string, count: number): Int32Array | undefined => {
    const tensor = tensors.get(name);
    if (tensor === undefined) return undefined;
    if (tensor.dtype !== 'int32' || tensor.shape.join() !== `${count}`) throw refuse(name);
    return tensor.values as Int32Array;
  };
  const extraction = (e: number, name: 'training' | 'generated'): Extraction => ({
    features: table(`${e}/${name}/features`, counts[name]),
    probabilities: table(`${e}/${name}/probabilities`, counts[name], classNames.length).values,
  });
  const looks = extractors.map((extractor, e) => ({
    extractor,
    training: extraction(e, 'training'),
    heldOut: table(`${e}/heldOut/features`, counts.heldOut),
    generated: extraction(e, 'generated'),
    probe: table(`${e}/probe/features`),
  }));
  return {
    ...{ protocol, looks, attributes },
    labels: list('training/labels', counts.training),
    asked: list('generated/asked', counts.generated),
  };
}
