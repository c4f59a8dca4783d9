import { describe, expect, it } from 'vitest';
import { defaultModels } from '../../../classifier/architectures/configs.js';
import { buildModel } from '../../../classifier/architectures/registry.js';
import { UsageError } from '../../../src/errors.js';
import { weightsOf } from '../../../src/formats/exported-model.js';
import {
  foreignWeights,
  namedArchitectures,
  namingsOf,
} from '../../../src/formats/foreign/names.js';
import { requireNamed, requirePatchStem } from '../../../src/formats/foreign/outgoing.js';
import { withAbstractModel } from '../../../src/mixer/abstract.js';

const sizes = { imageShape: [28, 28, 1], numClasses: 10 } as const;

describe.each(
  namedArchitectures.flatMap((arch) => namingsOf(arch).map((naming) => [arch, naming] as const)),
)('%s by the names of %s', (arch, naming) => {
  const foreign = foreignWeights(arch, naming, 4);

  it('has every weight of the model once, in the model’s order', () => {
    const names = withAbstractModel(
      (init) => buildModel(defaultModels[arch], sizes, { init }),
      (model) => [...weightsOf(model).keys()],
    );
    const weights = names.filter((name) => !/\/moving_(mean|variance)$/.test(name));
    const ours = foreign.flatMap((weight) => weight.ours);
    expect(new Set(ours)).toEqual(new Set(weights));
    expect(ours.length).toBe(weights.length);
  });

  it('has no name twice', () => {
    expect(new Set(foreign.map(({ name }) => name)).size).toBe(foreign.length);
  });
});

describe('foreignWeights', () => {
  const namesOf = (...args: Parameters<typeof foreignWeights>): string[] =>
    foreignWeights(...args).map(({ name }) => name);

  it('are those of Google’s Mixer', () => {
    const names = namesOf('mixer', 'flax', 12);
    expect(names.slice(0, 4)).toEqual([
      'stem/kernel',
      'stem/bias',
      'MixerBlock_0/LayerNorm_0/scale',
      'MixerBlock_0/LayerNorm_0/bias',
    ]);
    expect(names).toContain('MixerBlock_11/channel_mixing/Dense_1/kernel');
    expect(names.slice(-4)).toEqual([
      'pre_head_layer_norm/scale',
      'pre_head_layer_norm/bias',
      'head/kernel',
      'head/bias',
    ]);
  });

  it('are those of timm', () => {
    expect(namesOf('mixer', 'timm', 1)).toEqual([
      ...['stem.proj.weight', 'stem.proj.bias', 'blocks.0.norm1.weight', 'blocks.0.norm1.bias'],
      ...['blocks.0.mlp_tokens.fc1.weight', 'blocks.0.mlp_tokens.fc1.bias'],
      ...['blocks.0.mlp_tokens.fc2.weight', 'blocks.0.mlp_tokens.fc2.bias'],
      ...['blocks.0.norm2.weight', 'blocks.0.norm2.bias'],
      ...['blocks.0.mlp_channels.fc1.weight', 'blocks.0.mlp_channels.fc1.bias'],
      ...['blocks.0.mlp_channels.fc2.weight', 'blocks.0.mlp_channels.fc2.bias'],
      ...['norm.weight', 'norm.bias', 'head.weight', 'head.bias'],
    ]);
    const inBlock = (names: string[]): string[] =>
      names.filter((name) => name.startsWith('blocks.0.')).map((name) => name.slice(9));
    expect(inBlock(namesOf('resmlp', 'timm', 1))).toEqual([
      ...['norm1.alpha', 'norm1.beta', 'linear_tokens.weight', 'linear_tokens.bias', 'ls1'],
      ...['norm2.alpha', 'norm2.beta', 'mlp_channels.fc1.weight', 'mlp_channels.fc1.bias'],
      ...['mlp_channels.fc2.weight', 'mlp_channels.fc2.bias', 'ls2'],
    ]);
    expect(inBlock(namesOf('gmlp', 'timm', 1))).toEqual([
      ...['norm.weight', 'norm.bias', 'mlp_channels.fc1.weight', 'mlp_channels.fc1.bias'],
      ...['mlp_channels.gate.norm.weight', 'mlp_channels.gate.norm.bias'],
      ...['mlp_channels.gate.proj.weight', 'mlp_channels.gate.proj.bias'],
      ...['mlp_channels.fc2.weight', 'mlp_channels.fc2.bias'],
    ]);
  });
});

describe('requirePatchStem', () => {
  it('refuses the stems that files elsewhere cannot hold', () => {
    expect(() => requirePatchStem('patch', 'timm')).not.toThrow();
    expect(() => requirePatchStem('overlap', 'flax')).toThrow(
      new UsageError(
        'a model whose stem is overlap has no names in flax; train one with --set model.stem=patch, or export to onnx, tfjs or safetensors',
      ),
    );
    expect(() => requirePatchStem('conv', 'timm')).toThrow(UsageError);
  });
});

describe('requireNamed', () => {
  it('refuses what has no such names', () => {
    expect(requireNamed('gmlp', 'timm')).toBe('gmlp');
    expect(() => requireNamed('gmlp', 'flax')).toThrow(
      new UsageError('a model of architecture gmlp has no names in flax; those with one are mixer'),
    );
    expect(() => requireNamed('cnn', 'timm')).toThrow(/those with one are mixer, resmlp, gmlp$/);
  });
});
