import type * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Condition } from '../src/data/conditions.js';
import { oneHotRows } from '../src/data/one-hot.js';
import type { Engine } from '../src/engine/engine.js';
import { createInference } from '../src/inference.js';
import { RandomStream } from '../src/random.js';
import type { Rows } from '../src/train/share.js';
import { type AskedCondition, askedCondition, labelsInTurn } from './condition.js';

/** Latents are drawn and pictures made so many at a time; the pictures do not depend on it. */
const batchSize = 64;

/** Makes images from latents and, if the generator is conditional, a label for each of them. */
export type Sampler = (latents: Float32Array, labels?: Int32Array) => Promise<Float32Array>;

/**
 * @param generator from latents [B, Z], and labels [B, K] if it is conditional, to images
 *   [B, H, W, C]
 * @returns a function from N latents [N, Z], row after row, and as many numbers for each of them as it is
 *   told, in 0 … K − 1: its class, or a value of each attribute; to N images [N, H, W, C] in −1 … 1
 */
export function createSampler(engine: Engine, generator: LayersModel): Sampler {
  const [latentDim, numClasses] = generator.inputs.map(({ shape }) => shape[1]!);
  const [, height, width, channels] = generator.outputs[0]!.shape as number[];
  const draw = createInference(
    engine,
    ({ latents, labels }) => ({
      images: generator.apply(labels === undefined ? latents! : [latents!, labels]) as tf.Tensor,
    }),
    {
      inputs: { latents: [latentDim!], ...(numClasses && { labels: [numClasses] }) },
      outputs: { images: height! * width! * channels! },
      batchSize,
    },
  );
  return async (latents, labels) => {
    if ((labels === undefined) !== (numClasses === undefined)) {
      throw new RangeError('a conditional generator is given classes, and no other is');
    }
    const classes = labels && {
      labels: oneHotRows(labels, numClasses!, labels.length / (latents.length / latentDim!)),
    };
    return (await draw({ latents, ...classes })).images;
  };
}

/** What is asked of a trained generator. */
export interface Asked {
  readonly count: number;
  /** The same pictures for the same seed. */
  readonly seed: number;
  /**
   * Of a conditional GAN, the class to draw, by name or number; all in turn by default. Of one that is told
   * attributes, values as `hair=bun,hat=none`; as training images have them by default.
   */
  readonly class?: string | undefined;
  /** Latents beyond ±τ are drawn again: more typical pictures, less variety. */
  readonly truncation?: number | undefined;
  /** Which of them are drawn; all by default. */
  readonly rows?: Rows | undefined;
}

/**
 * Draws pictures from a seed.
 *
 * @param generator.path of its run, for messages
 * @returns images [N, H, W, C] in −1 … 1, those of `rows`, and the classes that were drawn in turn
 * @throws UsageError where there is no such class
 */
export async function drawSamples(
  sampler: Sampler,
  generator: {
    readonly path: string;
    readonly latentDim: number;
    readonly conditions: readonly Condition[] | undefined;
  },
  { count, seed, truncation, rows = { from: 0, to: count }, ...asked }: Asked,
): Promise<{ readonly pixels: Float32Array; readonly classes: AskedCondition | undefined }> {
  const classes = askedCondition(generator.path, generator.conditions, asked.class);
  const random = RandomStream.fromSeed(seed).split('sample');
  const { from, to } = rows;
  // Fewer are the first of more.
  const latents = drawLatents(random, to, generator.latentDim, truncation);
  const labels = classes && labelsInTurn(classes, to, random.split('labels'));
  const pixels = await sampler(
    latents.subarray(from * generator.latentDim),
    labels?.subarray(from * classes!.conditions.length),
  );
  return { pixels, classes };
}

/**
 * `count` standard normal latents [count, Z]; fewer are the first rows of more.
 *
 * @param truncation τ: numbers beyond ±τ are drawn again, which gives more typical pictures of less
 *   variety (Brock, Donahue and Simonyan 2018, https://arxiv.org/abs/1809.11096)
 */
export function drawLatents(
  random: RandomStream,
  count: number,
  latentDim: number,
  truncation = Number.POSITIVE_INFINITY,
): Float32Array {
  if (truncation === Number.POSITIVE_INFINITY) return random.normals(count * latentDim);
  return Float32Array.from({ length: count * latentDim }, () =>
    truncatedNormal(random, truncation),
  );
}

/** A standard normal number, given that it lies within ±`most`. */
function truncatedNormal(random: RandomStream, most: number): number {
  if (!(most > 0)) throw new RangeError(`a truncation is greater than 0, not ${most}`);
  for (;;) {
    // Of normal numbers few lie within narrow limits; of uniform ones there, few are turned down.
    const value = most < 1 ? random.uniform(-most, most) : random.normal();
    const accepted =
      most < 1 ? random.uniform() < Math.exp(-(value ** 2) / 2) : Math.abs(value) <= most;
    if (accepted) return value;
  }
}
