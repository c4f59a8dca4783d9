/**
 * Somebody else's weights as those of a model here, one at a time.
 */
import { elementCount } from '../../arrays.js';
import { InputError, UsageError } from '../../errors.js';
import { misfits } from '../../text.js';
import type { LazyTensor, TensorFile } from '../tensor-file.js';
import type { FoundModel } from './find.js';
import { joinedShape, type Shape, type Shapes, shapeThere, sliceOf, valuesHere } from './layout.js';
import { type ForeignWeight, foreignWeights } from './names.js';
import { channelMap, offsetResponse, type PixelScale, scaleKernel } from './pixels.js';
import { type Grid, resizeInputs, resizeOutputs, resizing } from './resample.js';

/** A model by what matters here. */
export interface ModelShapes {
  readonly weights: Shapes;
  /** Tokens down and across. */
  readonly grid: Grid;
}

export interface IncomingOptions {
  /** What the file's model was trained on. */
  readonly pixels: PixelScale;
  /** Whether the head starts at zero instead of coming from the file. */
  readonly newHead: boolean;
}

const isHead = (name: string): boolean => name.startsWith('head/');

/**
 * The weights of `wanted`, from a file that holds those of `found`.
 *
 * @param stored the model as the file has it
 * @param wanted the same but for the grid, and the head where that is new
 * @returns by name, in the order of `wanted`; to be read while the file is open
 * @throws InputError that names what is missing in the file, unexpected or of another shape
 */
export function incomingWeights(
  file: TensorFile,
  { naming, model, imageChannels }: FoundModel,
  stored: ModelShapes,
  wanted: ModelShapes,
  { pixels, newHead }: IncomingOptions,
): Map<string, LazyTensor> {
  const foreign = foreignWeights(model.arch, naming, model.numBlocks);
  requireAll(file, foreign, stored.weights, newHead);
  const sources = new Map(
    foreign.flatMap((weight) => weight.ours.map((own) => [own, weight] as const)),
  );
  const toStored = resizing(wanted.grid, stored.grid);
  const toWanted = resizing(stored.grid, wanted.grid);

  const asStored = async (name: string): Promise<Float64Array> => {
    const { name: there, ours, form } = sources.get(name)!;
    const values = valuesHere(form, await file.read(there), file.shapes.get(there)!);
    const widths = ours.map((own) => stored.weights.get(own)!.at(-1)!);
    const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
    const begin = sum(widths.slice(0, ours.indexOf(name)));
    return new Float64Array(
      sliceOf(values, sum(widths), begin, begin + widths[ours.indexOf(name)]!),
    );
  };

  const map = channelMap(pixels, imageChannels);
  const [kernelName, biasName] = ['stem/conv/kernel', 'stem/conv/bias'];
  const withPixels = async (name: string): Promise<Float64Array> => {
    const values = await asStored(name);
    if (map === undefined || (name !== kernelName && name !== biasName)) return values;
    if (name === kernelName) return scaleKernel(values, map, model.channels);
    const response = offsetResponse(await asStored(kernelName), map, model.channels);
    return values.map((bias, i) => bias + response[i]!);
  };

  const read = async (name: string, shape: Shape): Promise<Float32Array> => {
    const size = elementCount(shape);
    if (newHead && isHead(name)) return new Float32Array(size);
    if (!sources.has(name)) return new Float32Array(size).fill(statistic(name));
    const from = stored.weights.get(name)!;
    let values = await withPixels(name);
    // Only token axes differ between the two models.
    if (from.length > 1 && from[0] !== shape[0]) values = resizeInputs(values, toStored);
    if (from.at(-1) !== shape.at(-1)) values = resizeOutputs(values, toWanted);
    return new Float32Array(values);
  };

  return new Map(
    Array.from(wanted.weights, ([name, shape]) => [
      name,
      { dtype: 'float32', shape, read: () => read(name, shape) },
    ]),
  );
}

/** Stored with an affine layer, which is saved as a batch normalisation of nothing. */
function statistic(name: string): number {
  if (name.endsWith('/moving_mean')) return 0;
  if (name.endsWith('/moving_variance')) return 1;
  throw new Error(`${name} has no name elsewhere`);
}

function requireAll(
  file: TensorFile,
  foreign: readonly ForeignWeight[],
  shapes: Shapes,
  newHead: boolean,
): void {
  const ignored = (weight: ForeignWeight): boolean => newHead && weight.ours.some(isHead);
  const expected = foreign.filter((weight) => !ignored(weight));
  const known = new Set(foreign.map(({ name }) => name));
  const missing = expected.filter(({ name }) => !file.shapes.has(name)).map(({ name }) => name);
  const unexpected = [...file.shapes.keys()].filter((name) => !known.has(name));
  const different = expected.flatMap(({ name, ours, form }) => {
    const found = file.shapes.get(name);
    const wanted = shapeThere(form, joinedShape(ours.map((own) => shapes.get(own)!)));
    if (found === undefined || found.join() === wanted.join()) return [];
    return [`${name} is [${found}] where the others make it [${wanted}]`];
  });
  const faults = misfits({ missing, unexpected, different });
  if (faults !== '') throw new InputError(`${file.path} does not hold a whole model: ${faults}`);
}

/**
 * Tokens down and across an image.
 * @throws UsageError when the patch does not divide it
 */
export function gridOf(imageSize: readonly [number, number], patch: number): Grid {
  const [height, width] = imageSize.map((side) => side / patch) as [number, number];
  if (Number.isInteger(height) && Number.isInteger(width)) return { height, width };
  throw new UsageError(
    `images of ${imageSize.join('×')} do not divide into ${patch}×${patch} patches; choose a size that they divide`,
  );
}
