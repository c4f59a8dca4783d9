/**
 * The architectures by name: what a configuration's `model` may be. Nothing here builds a model, so that
 * help shows soon.
 */
import { z } from 'zod';
import {
  type Configurations,
  type ModelSizes,
  mixerUnlessSaid,
} from '../../src/mixer/architecture.js';
import { feedForwardConfigs } from '../../src/mixer/configs/ff.js';
import { gMlpConfigs } from '../../src/mixer/configs/gmlp.js';
import { mixerConfigs } from '../../src/mixer/configs/mixer.js';
import { resMlpConfigs } from '../../src/mixer/configs/resmlp.js';
import { vitConfigs } from '../../src/mixer/configs/vit.js';
import { cnnConfigs } from './configs/cnn.js';
import { resNetConfigs } from './configs/resnet.js';
import { type ArchitectureName, architectureNames } from './names.js';

const architectures = {
  mixer: mixerConfigs,
  resmlp: resMlpConfigs,
  gmlp: gMlpConfigs,
  ff: feedForwardConfigs,
  vit: vitConfigs,
  resnet: resNetConfigs,
  cnn: cnnConfigs,
} as const satisfies Record<ArchitectureName, unknown>;

export type Architectures = typeof architectures;

/** A classifier's model without what its task decides; `arch` says which keys it has. */
export type ModelConfig = {
  [N in ArchitectureName]: { readonly arch: N } & z.output<Architectures[N]['schema']>;
}[ArchitectureName];

const entries = Object.entries(architectures) as unknown as [ArchitectureName, Configurations][];

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
