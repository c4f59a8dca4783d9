import type * as tfl from '@tensorflow/tfjs-layers';

export interface LayerSummary {
  readonly name: string;
  /** The class of the layer: `Dense`, `Conv2D`, `LayerNormalization`, … */
  readonly type: string;
  /** [null, …]: null stands for the batch. */
  readonly outputShape: readonly (number | null)[];
  readonly parameters: number;
  /** Floating-point operations for one image; see `summarise`. */
  readonly flops: number;
}

export interface ModelSummary {
  readonly parameters: number;
  readonly flops: number;
  readonly layers: readonly LayerSummary[];
}

/**
 * Lists a model layer by layer.
 *
 * FLOPs are those of the matrix products of one forward pass on one image, two for each
 * multiply-add: dense layers, convolutions and transposed convolutions. Biases, normalisations and
 * activations are not counted, as is usual.
 */
export function summarise(model: tfl.LayersModel): ModelSummary {
  const layers = model.layers.map(summariseLayer);
  return {
    parameters: layers.reduce((sum, layer) => sum + layer.parameters, 0),
    flops: layers.reduce((sum, layer) => sum + layer.flops, 0),
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
    flops: layerFlops(layer, type, outputShape),
  };
}

function layerFlops(
  layer: tfl.layers.Layer,
  type: string,
  outputShape: readonly (number | null)[],
): number {
  const kernel = layer.weights.find((weight) => weight.originalName.endsWith('/kernel'));
  if (kernel === undefined) return 0;
  const kernelSize = product(kernel.shape);
  switch (type) {
    // [in, out], applied at every position of all but the last axis.
    case 'Dense':
      return 2 * kernelSize * product(outputShape.slice(1, -1));
    // Applied at every output position.
    case 'Conv2D':
      return 2 * kernelSize * product(outputShape.slice(1, -1));
    // Applied at every input position.
    case 'Conv2DTranspose': {
      const inputShape = (layer.input as tfl.SymbolicTensor).shape;
      return 2 * kernelSize * product(inputShape.slice(1, -1));
    }
    default:
      return 0;
  }
}

const product = (shape: readonly (number | null)[]): number =>
  shape.reduce<number>((size, length) => size * (length ?? 1), 1);
