/**
 * What the weights of this project's models are called elsewhere, and how they lie there.
 *
 * - `flax`: the Mixer of google-research/vision_transformer, released as `.npz`. Kernels lie as here.
 * - `timm`: the Mixer, ResMLP and gMLP of pytorch-image-models. PyTorch has the outputs of a kernel
 *   first: dense [out, in], convolutions [out, in, height, width].
 */

export const namedArchitectures = ['mixer', 'resmlp', 'gmlp'] as const;

/** The architectures whose weights have names elsewhere. */
export type NamedArchitecture = (typeof namedArchitectures)[number];

export type Naming = 'flax' | 'timm';

/** One tensor of somebody else's file. */
export interface ForeignWeight {
  readonly name: string;
  /** The weights here that it holds, one after the other along their last axis. */
  readonly ours: readonly string[];
  /** `outputs-first`: the last axis here is the first there. `broadcast`: with two axes of 1 before. */
  readonly form: 'same' | 'outputs-first' | 'broadcast';
}

/** A layer: what it is, and its names here, in timm, and in Flax; `#` is the number of its block. */
type LayerNames = readonly [
  kind: 'linear' | 'norm' | 'affine' | 'scale',
  ours: string | readonly string[],
  timm: string,
  flax?: string,
];

const stem: LayerNames = ['linear', 'stem/conv', 'stem.proj', 'stem'];
const head: LayerNames = ['linear', 'head', 'head', 'head'];
const lastNorm: LayerNames = ['norm', 'pre_head_layer_norm', 'norm', 'pre_head_layer_norm'];

const layers: Readonly<Record<NamedArchitecture, readonly LayerNames[]>> = {
  mixer: [
    stem,
    ['norm', 'block_#/layer_norm_0', 'blocks.#.norm1', 'MixerBlock_#/LayerNorm_0'],
    mlp('token_mixing', 'mlp_tokens', 0),
    mlp('token_mixing', 'mlp_tokens', 1),
    ['norm', 'block_#/layer_norm_1', 'blocks.#.norm2', 'MixerBlock_#/LayerNorm_1'],
    mlp('channel_mixing', 'mlp_channels', 0),
    mlp('channel_mixing', 'mlp_channels', 1),
    lastNorm,
    head,
  ],
  resmlp: [
    stem,
    ['affine', 'block_#/affine_0', 'blocks.#.norm1'],
    ['linear', 'block_#/token_mixing', 'blocks.#.linear_tokens'],
    ['scale', 'block_#/layer_scale_0', 'blocks.#.ls1'],
    ['affine', 'block_#/affine_1', 'blocks.#.norm2'],
    mlp('channel_mixing', 'mlp_channels', 0),
    mlp('channel_mixing', 'mlp_channels', 1),
    ['scale', 'block_#/layer_scale_1', 'blocks.#.ls2'],
    ['affine', 'pre_head_affine', 'norm'],
    head,
  ],
  gmlp: [
    stem,
    ['norm', 'block_#/layer_norm', 'blocks.#.norm'],
    ['linear', ['block_#/dense_0/content', 'block_#/dense_0/gate'], 'blocks.#.mlp_channels.fc1'],
    ['norm', 'block_#/gate/layer_norm', 'blocks.#.mlp_channels.gate.norm'],
    ['linear', 'block_#/gate/token_mixing', 'blocks.#.mlp_channels.gate.proj'],
    ['linear', 'block_#/dense_1', 'blocks.#.mlp_channels.fc2'],
    lastNorm,
    head,
  ],
};

function mlp(ours: string, timm: string, i: 0 | 1): LayerNames {
  return [
    'linear',
    `block_#/${ours}/dense_${i}`,
    `blocks.#.${timm}.fc${i + 1}`,
    `MixerBlock_#/${ours}/Dense_${i}`,
  ];
}

/** A layer's weights: here, in timm, and in Flax. */
const weights = {
  linear: [
    ['kernel', '.weight', '/kernel'],
    ['bias', '.bias', '/bias'],
  ],
  norm: [
    ['gamma', '.weight', '/scale'],
    ['beta', '.bias', '/bias'],
  ],
  affine: [
    ['gamma', '.alpha', undefined],
    ['beta', '.beta', undefined],
  ],
  scale: [['gamma', '', undefined]],
} as const;

/** The names under which an architecture's weights are known. */
export const namingsOf = (architecture: NamedArchitecture): readonly Naming[] =>
  architecture === 'mixer' ? ['flax', 'timm'] : ['timm'];

/**
 * All tensors of an architecture in somebody else's file.
 * @param naming one of `namingsOf(architecture)`
 */
export function foreignWeights(
  architecture: NamedArchitecture,
  naming: Naming,
  numBlocks: number,
): ForeignWeight[] {
  const inBlock = ([, , timm]: LayerNames): boolean => timm.includes('#');
  const list = layers[architecture];
  const first = list.findIndex(inBlock);
  const last = list.findLastIndex(inBlock);
  const of = (part: readonly LayerNames[], block = 0): ForeignWeight[] =>
    part.flatMap((layer) => weightsOfLayer(layer, naming, String(block)));
  return [
    ...of(list.slice(0, first)),
    ...Array.from({ length: numBlocks }, (_, i) => of(list.slice(first, last + 1), i)).flat(),
    ...of(list.slice(last + 1)),
  ];
}

function weightsOfLayer(
  [kind, ours, timm, flax]: LayerNames,
  naming: Naming,
  block: string,
): ForeignWeight[] {
  const layer = naming === 'timm' ? timm : flax!;
  return weights[kind].map(([weight, inTimm, inFlax]) => ({
    name: `${layer}${naming === 'timm' ? inTimm : inFlax}`.replace('#', block),
    ours: [ours].flat().map((name) => `${name}/${weight}`.replace('#', block)),
    form: naming === 'flax' ? 'same' : kind === 'affine' ? 'broadcast' : 'outputs-first',
  }));
}

/** Which block of `naming` a tensor belongs to, if to any. */
export function blockOf(naming: Naming, name: string): number | undefined {
  const match = (naming === 'timm' ? /^blocks\.(\d+)\./ : /^MixerBlock_(\d+)\//).exec(name);
  return match === null ? undefined : Number(match[1]);
}
