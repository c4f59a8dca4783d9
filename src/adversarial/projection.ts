/**
 * How a discriminator is told the class of what it judges: by the projection of Miyato and Koyama 2018,
 * https://arxiv.org/abs/1802.05637.
 *
 * Axes: B batch, S places, K classes, D features.
 */
import * as tfl from '@tensorflow/tfjs-layers';
import { embedding } from '../mixer/embedding.js';
import type { Initialisation } from '../mixer/initialisation.js';

export interface ProjectionOptions {
  readonly init: Initialisation;
  /** Of the layers' names. Default: none. */
  readonly prefix?: string | undefined;
}

/**
 * Adds e(label) · h to a verdict on features h, at every place. e starts at 0, so that the first thing the
 * discriminator asks is whether an image looks real, whatever its class.
 *
 * @param verdict [B, 1], or [B, …, 1]
 * @param features [B, D], or [B, …, D]
 * @param label [B, K], one-hot; none to leave the verdict as it is
 * @returns a verdict of the same shape
 */
export function withProjection(
  verdict: tfl.SymbolicTensor,
  features: tfl.SymbolicTensor,
  label: tfl.SymbolicTensor | undefined,
  { init, prefix = '' }: ProjectionOptions,
): tfl.SymbolicTensor {
  if (label === undefined) return verdict;
  const [units] = features.shape.slice(-1) as [number];
  const embedded = embedding(label, { units, gain: 0, init, prefix });
  const places = features.shape.slice(1, -1) as number[];
  const rows =
    places.length < 2 ? features : reshaped(features, [product(places), units], `${prefix}places`);
  const dot = tfl.layers
    .dot({ axes: [rows.shape.length - 1, 1], name: `${prefix}projection` })
    .apply([rows, embedded]) as tfl.SymbolicTensor;
  const projection =
    places.length < 1 ? dot : reshaped(dot, [...places, 1], `${prefix}projection_of_places`);
  return tfl.layers
    .add({ name: `${prefix}verdict` })
    .apply([verdict, projection]) as tfl.SymbolicTensor;
}

/**
 * What a discriminator's projection is made of.
 * @returns h [B, D], and what each value adds to the head's weights [K, D]
 */
export function projected(discriminator: tfl.LayersModel): {
  readonly features: tfl.SymbolicTensor;
  readonly embeddings: tfl.LayerVariable;
} {
  const [features] = discriminator.getLayer('projection').input as tfl.SymbolicTensor[];
  const [embeddings] = discriminator.getLayer('embedding').weights;
  return { features: features!, embeddings: embeddings! };
}

const product = (sizes: readonly number[]): number => sizes.reduce((all, size) => all * size, 1);

const reshaped = (x: tfl.SymbolicTensor, targetShape: number[], name: string): tfl.SymbolicTensor =>
  tfl.layers.reshape({ targetShape, name }).apply(x) as tfl.SymbolicTensor;
