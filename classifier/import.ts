import { basename, extname } from 'node:path';
import { z } from 'zod';
import { parseConfig } from '../src/config/parse.js';
import type { ImageShape } from '../src/data/dataset.js';
import { loadDataset } from '../src/data/load.js';
import { InputError, UsageError } from '../src/errors.js';
import type { Outcome } from '../src/family/family.js';
import { weightsOf } from '../src/formats/exported-model.js';
import { type FoundModel, findModel } from '../src/formats/foreign/find.js';
import { gridOf, incomingWeights, type ModelShapes } from '../src/formats/foreign/incoming.js';
import { type PixelScale, pixelScales } from '../src/formats/foreign/pixels.js';
import type { Grid } from '../src/formats/foreign/resample.js';
import { type TensorFileFormat, withTensorFile } from '../src/formats/open.js';
import type { TensorFile } from '../src/formats/tensor-file.js';
import { withAbstractModel } from '../src/mixer/abstract.js';
import { grouped } from '../src/text.js';
import { saveLazyCheckpoint } from '../src/train/checkpoint.js';
import { TextLog } from '../src/train/log.js';
import { abandonRun, createRun } from '../src/train/run-folder.js';
import type { ModelConfig } from './architectures/configs.js';
import { requireOfficialSize } from './architectures/official.js';
import { buildModel } from './architectures/registry.js';
import { type ClassifierConfig, classifierConfigSchema } from './config.js';
import { plainTraining } from './presets.js';

/** What is asked of such a file, as the flags of `mixgan import` say. */
export interface ImportFlags {
  readonly format?: TensorFileFormat;
  readonly preset?: string;
  readonly classes?: number;
  readonly head: 'keep' | 'drop';
  /** [H, W] */
  readonly imageSize?: readonly [number, number];
  readonly resample?: boolean;
  readonly pixels?: PixelScale;
  readonly data?: string;
  readonly out?: string;
}

/**
 * Makes a run of weights that others released.
 * @throws InputError when the file holds no model that is known, or another than is asked for
 */
export const importFile = (path: string, flags: ImportFlags): Promise<Outcome> =>
  withTensorFile(path, (file) => importModel(file, flags), flags.format);

async function importModel(file: TensorFile, flags: ImportFlags): Promise<Outcome> {
  const own = ownDescription(file.metadata);
  const found = withOwnSizes(findModel(file), own?.config.model);
  if (flags.preset !== undefined) requireOfficialSize(flags.preset, found.model, file.path);

  const classNames = await classNamesFor(file.path, flags, found.numClasses, own?.classNames);
  const newHead = flags.head === 'drop';
  const storedClasses = newHead ? classNames.length : found.numClasses;
  if (storedClasses !== classNames.length) {
    throw new InputError(
      `${file.path} has a head of ${storedClasses ?? 'no'} classes, not of ${classNames.length}; --head drop starts a new one at zero`,
    );
  }
  const { stored, wanted } = imageSizes(file.path, flags, found, own?.imageShape);
  const pixels =
    flags.pixels ?? own?.pixels ?? (found.model.arch === 'resmlp' ? 'imagenet' : 'half');
  const shapesFor = (imageShape: ImageShape): ModelShapes => ({
    weights: weightShapes(found.model, imageShape, classNames.length),
    grid: gridOf([imageShape[0], imageShape[1]], found.model.patch),
  });
  const weights = incomingWeights(file, found, shapesFor(stored), shapesFor(wanted), {
    pixels,
    newHead,
  });

  const config = configOf(file.path, flags, found.model, wanted, own?.config);
  const task = { imageShape: wanted, classNames };
  const run = await createRun({ out: flags.out, preset: config.preset, now: new Date(), config });
  try {
    await saveLazyCheckpoint(
      run.checkpointPath,
      { kind: 'classifier', step: own?.step ?? 0, config: { ...config, task } },
      new Map(Array.from(weights, ([name, weight]) => [`model/${name}`, weight])),
    );
    const origin = `imported from ${file.path}, by the names of ${found.naming}, pixels as in "${pixels}"`;
    new TextLog(run.logPath).line(origin);
  } catch (thrown) {
    await abandonRun(run);
    throw thrown;
  }
  const parameters = parameterCount(found.model, wanted, classNames.length);
  const { arch, ...sizes } = found.model;
  const document = {
    run: run.path,
    arch,
    ...{
      names: found.naming,
      pixels,
      parameters,
      imageShape: wanted,
      numClasses: classNames.length,
    },
    ...sizes,
  };
  return {
    document,
    text: () =>
      `${run.path}: a ${arch} of ${grouped(parameters)} parameters for images of ${wanted.join('×')} in ${grouped(classNames.length)} classes`,
  };
}

/** What `mixgan export` wrote into a file besides the weights. */
interface OwnDescription {
  readonly config: ClassifierConfig;
  readonly imageShape: ImageShape;
  readonly classNames: readonly string[];
  readonly step: number;
  readonly pixels: PixelScale;
}

const ownSchema = z.object({
  step: z.string().regex(/^\d+$/).transform(Number),
  pixels: z.enum(pixelScales),
  config: z.string(),
});

const ownTaskSchema = z.looseObject({
  task: z.object({
    imageShape: z.tuple([z.number(), z.number(), z.number()]),
    classNames: z.array(z.string()).min(1),
  }),
});

/** Undefined where the file comes from elsewhere. */
function ownDescription(metadata: TensorFile['metadata']): OwnDescription | undefined {
  const described = ownSchema.safeParse(metadata);
  if (!described.success) return undefined;
  try {
    const { task, ...keys } = ownTaskSchema.parse(JSON.parse(described.data.config));
    const { step, pixels } = described.data;
    return { config: classifierConfigSchema.parse(keys), ...task, step, pixels };
  } catch {
    return undefined;
  }
}

/** The sizes, GELU and ε with which a model was exported, where they are of the same architecture. */
function withOwnSizes(found: FoundModel, own: ModelConfig | undefined): FoundModel {
  if (own === undefined || own.arch !== found.model.arch) return found;
  return { ...found, model: { ...own, arch: found.model.arch } as FoundModel['model'] };
}

async function classNamesFor(
  path: string,
  { classes, data }: ImportFlags,
  numClasses: number | undefined,
  own: readonly string[] | undefined,
): Promise<readonly string[]> {
  if (data !== undefined) {
    const { train } = await loadDataset(data);
    if (classes !== undefined && classes !== train.classNames.length) {
      throw new UsageError(
        `--classes ${classes}: ${train.name} has ${train.classNames.length} classes; leave one of the two out`,
      );
    }
    return train.classNames;
  }
  const count = classes ?? numClasses;
  if (count === undefined) {
    throw new UsageError(
      `${path} has no head; say how many classes a new one has: --classes N --head drop`,
    );
  }
  return own?.length === count ? own : Array.from({ length: count }, (_, i) => String(i));
}

/** The size of the images that the file's model was made for, and of those that are asked for. */
function imageSizes(
  path: string,
  { imageSize, resample = false }: ImportFlags,
  { tokens, imageChannels, model: { patch } }: FoundModel,
  own: ImageShape | undefined,
): { stored: ImageShape; wanted: ImageShape } {
  const countOf = ({ height, width }: Grid): number => height * width;
  const shapeOf = ([height, width]: readonly [number, number]): ImageShape => [
    height,
    width,
    imageChannels,
  ];
  const side = Math.sqrt(tokens) * patch;
  const known = own !== undefined && (own[0] / patch) * (own[1] / patch) === tokens;
  const stored = known ? own : Number.isInteger(side / patch) ? shapeOf([side, side]) : undefined;
  const wanted = imageSize === undefined ? stored : shapeOf(imageSize);
  if (wanted === undefined) {
    throw new UsageError(
      `${path} mixes ${tokens} tokens, which are no square; say --image-size HEIGHTxWIDTH`,
    );
  }
  if (countOf(gridOf([wanted[0], wanted[1]], patch)) === tokens) {
    if (resample) {
      throw new UsageError(
        `--resample: images of ${wanted.join('×')} have the ${tokens} tokens that ${path} was made for; leave it out`,
      );
    }
    return { stored: wanted, wanted };
  }
  if (stored === undefined || !resample) {
    const way =
      stored === undefined ? 'and cannot be resampled' : '--resample resizes its token mixing';
    throw new UsageError(
      `${path} mixes ${tokens} tokens${stored === undefined ? '' : `, those of images of ${stored.join('×')}`}; images of ${wanted.join('×')} have another number; ${way}`,
    );
  }
  return { stored, wanted };
}

function weightShapes(
  model: ModelConfig,
  imageShape: ImageShape,
  numClasses: number,
): ModelShapes['weights'] {
  return withAbstractModel(
    (init) => buildModel(model, { imageShape, numClasses }, { init }),
    (built) => new Map(Array.from(weightsOf(built), ([name, { shape }]) => [name, shape])),
  );
}

const parameterCount = (model: ModelConfig, imageShape: ImageShape, numClasses: number): number =>
  withAbstractModel(
    (init) => buildModel(model, { imageShape, numClasses }, { init }),
    (built) => built.layers.reduce((sum, layer) => sum + layer.countParams(), 0),
  );

/** A run's configuration; how it was trained elsewhere nobody says. */
function configOf(
  path: string,
  { preset, data, imageSize }: ImportFlags,
  model: ModelConfig,
  [height, width]: ImageShape,
  own: ClassifierConfig | undefined,
): ClassifierConfig {
  const { imageSize: _, ...base } = own ?? plainTraining;
  const side = own !== undefined && imageSize === undefined ? own.imageSize : height;
  const config = {
    ...base,
    preset: own?.preset ?? preset ?? basename(path, extname(path)),
    data: data ?? own?.data ?? 'unknown',
    // The stem has taken over what pixels went through.
    normalise: 'unit',
    ...(side !== undefined && height === width ? { imageSize: side } : {}),
    model,
  };
  return parseConfig(classifierConfigSchema, config, path, InputError);
}
