/**
 * Models as TensorFlow's `GraphDef`
 * (https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/framework/graph.proto), to be
 * looked at: a node for each layer, called by the layer's class. The graph cannot be run.
 */
import type { layers as Layers, LayersModel } from '@tensorflow/tfjs-layers';
import { PbfWriter } from 'pbf';
import { message } from './event.js';

type Shape = readonly (number | null)[];

/**
 * The bytes of a `GraphDef`. Layers are called `MODEL/LAYER`, so that a viewer folds up each model
 * and, by the slashes in the layers' names, its blocks.
 *
 * @param models by the names that they are to have
 */
export function graphDef(models: Readonly<Record<string, LayersModel>>): Uint8Array {
  const pbf = new PbfWriter();
  for (const [name, model] of Object.entries(models)) {
    for (const layer of model.layers) {
      message(pbf, 1, (node) => writeNode(node, layer, { name, layers: new Set(model.layers) }));
    }
  }
  // The version of the format that these fields belong to.
  message(pbf, 4, (versions) => versions.writeVarintField(1, 22));
  return pbf.finish();
}

interface Surroundings {
  /** The model's name. */
  readonly name: string;
  readonly layers: ReadonlySet<Layers.Layer>;
}

function writeNode(pbf: PbfWriter, layer: Layers.Layer, { name, layers }: Surroundings): void {
  pbf.writeStringField(1, `${name}/${layer.name}`);
  pbf.writeStringField(2, layer.getClassName());
  for (const input of inputsOf(layer)) {
    if (layers.has(input)) pbf.writeStringField(3, `${name}/${input.name}`);
  }
  writeAttribute(pbf, '_output_shapes', (value) =>
    message(value, 1, (list) => {
      for (const shape of outputShapes(layer)) message(list, 7, (dims) => writeShape(dims, shape));
    }),
  );
  writeAttribute(pbf, 'parameters', (value) => value.writeVarintField(3, layer.countParams()));
}

/** The layers whose outputs go into this one. */
const inputsOf = (layer: Layers.Layer): Set<Layers.Layer> =>
  new Set(layer.inboundNodes.flatMap(({ inboundLayers }) => inboundLayers));

function outputShapes({ outputShape }: Layers.Layer): readonly Shape[] {
  const isOne = (shape: Shape | readonly Shape[]): shape is Shape => !Array.isArray(shape[0]);
  return isOne(outputShape) ? [outputShape] : outputShape;
}

/** A length that is not known, as that of the batch, is −1. */
function writeShape(pbf: PbfWriter, shape: Shape): void {
  for (const length of shape) message(pbf, 2, (dim) => dim.writeVarintField(1, length ?? -1));
}

function writeAttribute(pbf: PbfWriter, key: string, write: (value: PbfWriter) => void): void {
  message(pbf, 5, (entry) => {
    entry.writeStringField(1, key);
    message(entry, 2, write);
  });
}
