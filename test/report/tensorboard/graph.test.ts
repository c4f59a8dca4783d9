import '@tensorflow/tfjs-backend-cpu';
import * as tfl from '@tensorflow/tfjs-layers';
import { expect, it } from 'vitest';
import { mlpMixer } from '../../../src/mixer/mixer.js';
import { graphEvent } from '../../../src/report/tensorboard/event.js';
import { graphDef } from '../../../src/report/tensorboard/graph.js';
import { type ReadNode, readEvent } from '../../support/tensorboard.js';

const nodesOf = (models: Record<string, tfl.LayersModel>): ReadNode[] =>
  readEvent(graphEvent({ wallTime: 0, step: 0 }, graphDef(models))).nodes;

function tinyMixer(): tfl.LayersModel {
  return mlpMixer({
    imageShape: [8, 8, 1],
    patch: 4,
    channels: 6,
    tokenDim: 5,
    channelDim: 7,
    numBlocks: 1,
    numClasses: 3,
  });
}

it('has a node for each layer, with its class, inputs, output shape and parameters', () => {
  const model = tinyMixer();
  const nodes = nodesOf({ classifier: model });
  expect(nodes.map(({ name }) => name)).toEqual(
    model.layers.map(({ name }) => `classifier/${name}`),
  );
  const byName = new Map(nodes.map((node) => [node.name, node]));
  expect(byName.get('classifier/image')).toEqual({
    name: 'classifier/image',
    op: 'InputLayer',
    inputs: [],
    shapes: [[-1, 8, 8, 1]],
    parameters: 0,
  });
  expect(byName.get('classifier/stem/conv')).toEqual({
    name: 'classifier/stem/conv',
    op: 'Conv2D',
    inputs: ['classifier/image'],
    shapes: [[-1, 2, 2, 6]],
    parameters: 4 * 4 * 6 + 6,
  });
  expect(byName.get('classifier/head')).toMatchObject({ op: 'Dense', shapes: [[-1, 3]] });
  expect(nodes.reduce((sum, { parameters }) => sum + parameters, 0)).toBe(model.countParams());
});

it('joins both branches of a residual', () => {
  const nodes = nodesOf({ a: tinyMixer() });
  const sums = nodes.filter(({ op }) => op === 'Add');
  expect(sums).toHaveLength(2);
  for (const { inputs } of sums) expect(new Set(inputs).size).toBe(2);
});

it('has edges from its own nodes only, also of layers that another model shares', () => {
  const image = tfl.input({ shape: [4], name: 'x' });
  const middle = tfl.layers.dense({ units: 2, name: 'middle' }).apply(image) as tfl.SymbolicTensor;
  const end = tfl.layers.dense({ units: 1, name: 'end' });
  const model = tfl.model({ inputs: image, outputs: end.apply(middle) as tfl.SymbolicTensor });
  const other = tfl.input({ shape: [2], name: 'other' });
  tfl.model({ inputs: other, outputs: end.apply(other) as tfl.SymbolicTensor });
  expect(nodesOf({ m: model }).map(({ inputs }) => inputs)).toEqual([[], ['m/x'], ['m/middle']]);
});

it('keeps several models apart', () => {
  const names = nodesOf({ generator: tinyMixer(), discriminator: tinyMixer() }).map(
    ({ name }) => name.split('/')[0],
  );
  expect(new Set(names)).toEqual(new Set(['generator', 'discriminator']));
});
