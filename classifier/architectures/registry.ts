/**
 * The architectures by name: what a configuration's `model` may be, and what it builds.
 */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import {
  type Architecture,
  type ModelOptions,
  type ModelSizes,
  mixerUnlessSaid,
} from '../../src/mixer/architecture.js';
import { feedForwardArchitecture } from '../../src/mixer/ff.js';
import { gMlpArchitecture } from '../../src/mixer/gmlp.js';
import { mixerArchitecture } from '../../src/mixer/mixer.js';
import { resMlpArchitecture } from '../../src/mixer/resmlp.js';
import { vitArchitecture } from '../../src/mixer/vit.js';
import { cnnArchitecture } from './cnn.js';
import { type ArchitectureName, architectureNames } from './names.js';
import { resNetArchitecture } from './resnet.js';

const architectures = {
  mixer: mixerArchitecture,
  resmlp: resMlpArchitecture,
  gmlp: gMlpArchitecture,
  ff: feedForwardArchitecture,
  vit: vitArchitecture,
  resnet: resNetArchitecture,
  cnn: cnnArchitecture,
} as const satisfies Record<ArchitectureName, unknown>;

type Architectures = typeof architectures;

/** A classifier's model without what its task decides; `arch` says which keys it has. */
export type ModelConfig = {
  [N in ArchitectureName]: { readonly arch: N } & z.output<Architectures[N]['schema']>;
}[ArchitectureName];

const entries = Object.entries(architectures) as unknown as [ArchitectureName, Architecture][];

const options = entries.map(([arch, { schema, defaults }]) =>
  z.strictObject({ arch: z.literal(arch), ...schema.shape }).meta({ defaults }),
);

export const modelSchema = z.preprocess(
  mixerUnlessSaid,
  z.discriminatedUnion('arch', options as never, {
    error: ({ code }) =>
      code === 'invalid_union'
        ? `there is no such architecture; there are ${architectureNames.join(', ')}`
        : undefined,
  }),
) as unknown as z.ZodType<ModelConfig>;

/**
 * Every architecture ends in a dense layer called `head`; what goes into it are its features.
 *
 * @returns a model from images [B, H, W, C_in], in 0 … 255 where `options.scaling` says so, to logits
 *   [B, numClasses]
 * @throws UsageError when the model does not fit the images
 */
export const buildModel = (
  { arch, ...config }: ModelConfig,
  sizes: ModelSizes,
  options: ModelOptions = {},
): LayersModel => (architectures[arch] as Architecture).build({ ...config, ...sizes }, options);

/** Sizes to start from, by architecture: see `Architecture.defaults`. */
export const defaultModels = Object.fromEntries(
  entries.map(([arch, { defaults }]) => [arch, { arch, ...defaults }]),
) as Readonly<Record<ArchitectureName, ModelConfig>>;

/** A published model and the task it is for. */
export interface OfficialSize extends ModelSizes {
  readonly model: ModelConfig;
}

/** Models by the names of the literature. */
export const officialSizes: Readonly<Record<string, OfficialSize>> = Object.fromEntries(
  entries.flatMap(([arch, { sizes = {} }]) =>
    Object.entries(sizes).map(([name, { imageShape, numClasses, ...model }]) => [
      name,
      { model: { arch, ...model } as ModelConfig, imageShape, numClasses },
    ]),
  ),
);
