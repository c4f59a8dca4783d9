/**
 * The weights of a model here under somebody else's names, one at a time.
 */
import { UsageError } from '../../errors.js';
import type { StemKind } from '../../mixer/stem-kinds.js';
import type { LazyTensor } from '../tensor-file.js';
import { joinedShape, joinSlices, type Shape, shapeThere, valuesThere } from './layout.js';
import {
  foreignWeights,
  type NamedArchitecture,
  type Naming,
  namedArchitectures,
  namingsOf,
} from './names.js';
import { type ChannelMap, offsetResponse, scaleKernel } from './pixels.js';

/** A weight of a model, read when its turn comes. */
export interface ModelWeight {
  readonly shape: Shape;
  readonly read: () => Promise<Float32Array>;
}

/**
 * @param weights of the model, by the names here
 * @param map from what the file's reader will show to the model to what it saw here, where that
 *   differs; the stem takes it over
 * @returns by their names there. A stem that was changed is float64: as float32 it would not come
 *   back with the same bits.
 */
export function outgoingWeights(
  weights: ReadonlyMap<string, ModelWeight>,
  architecture: NamedArchitecture,
  naming: Naming,
  map?: ChannelMap,
): Map<string, LazyTensor> {
  const [kernelName, biasName] = ['stem/conv/kernel', 'stem/conv/bias'];
  const channels = weights.get(biasName)!.shape[0]!;
  const read = async (name: string): Promise<Float64Array> =>
    new Float64Array(await weights.get(name)!.read());
  const isMapped = (name: string): boolean =>
    map !== undefined && (name === kernelName || name === biasName);
  const mapped = async (name: string): Promise<Float64Array> => {
    if (map === undefined || !isMapped(name)) return read(name);
    const kernel = await read(kernelName);
    if (name === kernelName) return scaleKernel(kernel, map, channels);
    const response = offsetResponse(kernel, map, channels);
    return (await read(biasName)).map((bias, i) => bias + response[i]!);
  };

  return new Map(
    foreignWeights(architecture, naming, countBlocks(weights)).map(({ name, ours, form }) => {
      const shapes = ours.map((own) => weights.get(own)!.shape);
      const shape = joinedShape(shapes);
      const isDouble = ours.some(isMapped);
      const tensor: LazyTensor = {
        dtype: isDouble ? 'float64' : 'float32',
        shape: shapeThere(form, shape),
        read: async () => {
          const values = await Promise.all(ours.map(mapped));
          const joined = joinSlices(
            values,
            shapes.map((own) => own.at(-1)!),
          );
          const there = valuesThere(form, joined, shape);
          return isDouble ? there : new Float32Array(there);
        },
      };
      return [name, tensor];
    }),
  );
}

/**
 * The architecture under whose names a model can be written.
 * @param arch of its configuration
 * @throws UsageError when it has no such names
 */
export function requireNamed(arch: string, naming: Naming): NamedArchitecture {
  const named = namedArchitectures.filter((name) => namingsOf(name).includes(naming));
  const found = named.find((name) => name === arch);
  if (found !== undefined) return found;
  throw new UsageError(
    `a model of architecture ${arch} has no names in ${naming}; those with one are ${named.join(', ')}`,
  );
}

/**
 * @param stem of the model's configuration
 * @throws UsageError when it is not the paper's, the only one that files elsewhere hold
 */
export function requirePatchStem(stem: StemKind, naming: Naming): void {
  if (stem === 'patch') return;
  throw new UsageError(
    `a model whose stem is ${stem} has no names in ${naming}; train one with --set model.stem=patch, or export to onnx, tfjs or safetensors`,
  );
}

function countBlocks(weights: ReadonlyMap<string, unknown>): number {
  const numbers = Array.from(weights.keys(), (name) =>
    Number(/^block_(\d+)\//.exec(name)?.[1] ?? -1),
  );
  return 1 + Math.max(...numbers);
}
