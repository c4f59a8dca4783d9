/**
 * Which model a file of tensors holds: the architecture by the names, its sizes by the shapes.
 *
 * Axes: S tokens, C channels, P patch side.
 */
import { InputError } from '../../errors.js';
import type { TensorFile } from '../tensor-file.js';
import { type Shape, shapeHere } from './layout.js';
import {
  blockOf,
  foreignWeights,
  type NamedArchitecture,
  type Naming,
  namedArchitectures,
  namingsOf,
} from './names.js';

interface TokenSizes {
  readonly patch: number;
  readonly channels: number;
  readonly numBlocks: number;
  /** Flax computes GELU by tanh where it is not told otherwise, torch and timm by erf. */
  readonly gelu?: 'tanh';
}

/** The part of a classifier's configuration that its weights tell. */
export type FoundSizes = TokenSizes &
  (
    | { readonly arch: 'mixer'; readonly tokenDim: number; readonly channelDim: number }
    | { readonly arch: 'resmlp'; readonly channelDim: number }
    | { readonly arch: 'gmlp'; readonly hiddenDim: number }
  );

export interface FoundModel {
  readonly naming: Naming;
  readonly model: FoundSizes;
  /** C_in */
  readonly imageChannels: number;
  /** S */
  readonly tokens: number;
  /** Undefined where the file has no head. */
  readonly numClasses: number | undefined;
}

/** A weight by which an architecture is known, and whose first axis is as long as there are tokens. */
const tokenKernels: Readonly<Record<NamedArchitecture, string>> = {
  mixer: 'block_0/token_mixing/dense_0/kernel',
  resmlp: 'block_0/token_mixing/kernel',
  gmlp: 'block_0/gate/token_mixing/kernel',
};

/** @throws InputError when it holds none that is known here, or lacks what tells a size */
export function findModel(file: TensorFile): FoundModel {
  const { architecture, naming } = identify(file);
  const shapeOf = (weight: string, rank: number): Shape =>
    requireShape(file, architecture, naming, weight, rank);
  const [patch, patchWidth, imageChannels, channels] = shapeOf('stem/conv/kernel', 4) as Four;
  if (patch !== patchWidth) {
    throw new InputError(
      `${file.path} has patches of ${patch}×${patchWidth}, only square ones are known`,
    );
  }
  const [tokens] = shapeOf(tokenKernels[architecture], 2) as [number];
  const sizes: TokenSizes = {
    patch,
    channels,
    numBlocks: countBlocks(file, naming),
    ...(naming === 'flax' ? { gelu: 'tanh' } : {}),
  };
  const widthOf = (weight: string): number => shapeOf(weight, 2)[1]!;
  const model = withWidths(architecture, sizes, widthOf);
  const headName = nameThere(architecture, naming, 'head/kernel');
  const numClasses = file.shapes.has(headName) ? widthOf('head/kernel') : undefined;
  return { naming, model, imageChannels, tokens, numClasses };
}

type Four = [number, number, number, number];

function withWidths(
  arch: NamedArchitecture,
  sizes: TokenSizes,
  widthOf: (weight: string) => number,
): FoundSizes {
  switch (arch) {
    case 'mixer':
      return {
        arch,
        ...sizes,
        tokenDim: widthOf('block_0/token_mixing/dense_0/kernel'),
        channelDim: widthOf('block_0/channel_mixing/dense_0/kernel'),
      };
    case 'resmlp':
      return { arch, ...sizes, channelDim: widthOf('block_0/channel_mixing/dense_0/kernel') };
    case 'gmlp':
      return { arch, ...sizes, hiddenDim: widthOf('block_0/dense_0/content/kernel') };
  }
}

function identify(file: TensorFile): { architecture: NamedArchitecture; naming: Naming } {
  const known = namedArchitectures.flatMap((architecture) =>
    namingsOf(architecture).map((naming) => ({ architecture, naming })),
  );
  // Any block will do: which of them are missing is told later, by name.
  const inFirstBlock = new Set(Array.from(file.shapes.keys(), (name) => name.replace(/\d+/, '0')));
  const found = known.find(({ architecture, naming }) => {
    const name = nameThere(architecture, naming, tokenKernels[architecture]);
    return inFirstBlock.has(name);
  });
  if (found !== undefined) return found;
  const names = [...file.shapes.keys()];
  const shown =
    names.length === 0 ? 'no tensors' : `such tensors as ${names.slice(0, 3).join(', ')}`;
  throw new InputError(
    `${file.path} is no Mixer by Flax's or timm's names, and no ResMLP or gMLP by timm's: it has ${shown}`,
  );
}

/** The tensor in the file that holds a weight of the first block, or of none. */
function nameThere(architecture: NamedArchitecture, naming: Naming, weight: string): string {
  return foreignWeights(architecture, naming, 1).find(({ ours }) => ours.includes(weight))!.name;
}

function requireShape(
  file: TensorFile,
  architecture: NamedArchitecture,
  naming: Naming,
  weight: string,
  rank: number,
): Shape {
  const { name, form } = foreignWeights(architecture, naming, 1).find(({ ours }) =>
    ours.includes(weight),
  )!;
  const shape = file.shapes.get(name);
  if (shape === undefined) {
    throw new InputError(`${file.path} does not hold a whole model: missing ${name}`);
  }
  if (shape.length !== rank) {
    throw new InputError(`${file.path}: ${name} is [${shape}], and should have ${rank} axes`);
  }
  return shapeHere(form, shape);
}

/** One more than the highest number, but no more than so many tensors could be of. */
function countBlocks(file: TensorFile, naming: Naming): number {
  const numbers = Array.from(file.shapes.keys(), (name) => blockOf(naming, name) ?? 0);
  return Math.min(1 + Math.max(...numbers), file.shapes.size);
}
