/**
 * How a discriminator is told the class of what it judges: by the projection of Miyato and Koyama 2018,
 * https://arxiv.org/abs/1802.05637.
 *
 * Axes: B batch, S places, K classes, D features.
 */
import * as tfl from '@tensorflow/tfjs-layers';
import { embedding, labelInput } from '../mixer/embedding.js';
import type { Initialisation } from '../mixer/initialisation.js';

export interface Judged {
  /** The label's input, if there is one. */
  readonly inputs: tfl.SymbolicTensor[];
  readonly verdict: tfl.SymbolicTensor;
}

/**
 * Adds e(label) · h to a verdict on features h, at every place. e starts at 0, so that the first thing the
 * discriminator asks is whether an image looks real, whatever its class.
 *
 * @param verdict [B, 1], or [B, …, 1]
 * @param features [B, D], or [B, …, D]
 * @param numClasses K; none to leave the verdict as it is
 */
export function withProjection(
  verdict: tfl.SymbolicTensor,
  features: tfl.SymbolicTensor,
  numClasses: number | undefined,
  init: Initialisation,
): Judged {
  if (numClasses === undefined) return { inputs: [], verdict };
  const label = labelInput(numClasses);
  const [units] = features.shape.slice(-1) as [number];
  const embedded = embedding(label, units, 0, init);
  const places = features.shape.slice(1, -1) as number[];
  const rows =
    places.length < 2 ? features : reshaped(features, [product(places), units], 'places');
  const dot = tfl.layers
    .dot({ axes: [rows.shape.length - 1, 1], name: 'projection' })
    .apply([rows, embedded]) as tfl.SymbolicTensor;
  const projection =
    places.length < 1 ? dot : reshaped(dot, [...places, 1], 'projection_of_places');
  const sum = tfl.layers.add({ name: 'verdict' }).apply([verdict, projection]);
  return { inputs: [label], verdict: sum as tfl.SymbolicTensor };
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
