import type * as tfl from '@tensorflow/tfjs-layers';
import { elementCount } from '../arrays.js';

export interface LayerSummary {
  readonly name: string;
  /** The class of the layer: `Dense`, `Conv2D`, `LayerNormalization`, … */
  readonly type: string;
  /** `[null, …]`, where `null` stands for the batch. */
  readonly outputShape: readonly (number | null)[];
  readonly parameters: number;
  /** Those of the parameters that training changes. */
  readonly trainable: number;
  /** Floating-point operations for one image; see `summarise`. */
  readonly flops: number;
}

export interface ModelSummary {
  /** [null, …] of each input. */
  readonly inputShapes: readonly (readonly (number | null)[])[];
  readonly parameters: number;
  readonly trainable: number;
  readonly flops: number;
  readonly layers: readonly LayerSummary[];
}

/**
 * Lists a model layer by layer.
 *
 * FLOPs are those of the matrix products of one forward pass on one image, two for each
 * multiply-add: dense layers, convolutions, transposed convolutions and attention. Biases,
 * normalisations and activations are not counted, as is usual.
 */
export function summarise(model: tfl.LayersModel): ModelSummary {
  const layers = model.layers.map(summariseLayer);
  const total = (key: 'parameters' | 'trainable' | 'flops'): number =>
    layers.reduce((sum, layer) => sum + layer[key], 0);
  return {
    inputShapes: model.inputs.map(({ shape }) => shape),
    parameters: total('parameters'),
    trainable: total('trainable'),
    flops: total('flops'),
    layers,
  };
}

function summariseLayer(layer: tfl.layers.Layer): LayerSummary {
  const outputShape = layer.outputShape as (number | null)[];
  const type = layer.getClassName();
  return {
    name: layer.name,
    type,
    outputShape,
    parameters: layer.countParams(),
    trainable: layer.trainableWeights.reduce((sum, { shape }) => sum + elementCount(shape), 0),
    flops: layerFlops(layer, type, outputShape),
  };
}

function layerFlops(
  layer: tfl.layers.Layer,
  type: string,
  outputShape: readonly (number | null)[],
): number {
  if (type === 'Dot') return dotFlops(layer, outputShape);
  const kernel = layer.weights.find((weight) => weight.originalName.endsWith('/kernel'));
  if (kernel === undefined) return 0;
  const kernelSize = elementCount(kernel.shape);
  switch (type) {
    // [in, out], applied at every position of all but the last axis.
    case 'Dense':
      return 2 * kernelSize * elementCount(outputShape.slice(1, -1));
    // Applied at every output position.
    case 'Conv2D':
      return 2 * kernelSize * elementCount(outputShape.slice(1, -1));
    // Applied at every input position.
    case 'Conv2DTranspose': {
      const inputShape = (layer.input as tfl.SymbolicTensor).shape;
      return 2 * kernelSize * elementCount(inputShape.slice(1, -1));
    }
    default:
      return 0;
  }
}

/** A product of two tensors of every example, as of attention's scores and values. */
function dotFlops(layer: tfl.layers.Layer, outputShape: readonly (number | null)[]): number {
  const [first] = layer.input as tfl.SymbolicTensor[];
  const axes = layer.getConfig().axes as number | readonly [number, number];
  const axis = typeof axes === 'number' ? axes : axes[0];
  return 2 * elementCount(outputShape.slice(1)) * first!.shape.at(axis)!;
}
