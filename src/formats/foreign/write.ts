import type { Normalisation } from '../../data/normalisation.js';
import type { StemKind } from '../../mixer/stem-kinds.js';
import { type ExportedModel, weightsOf } from '../exported-model.js';
import { writeNpz } from '../npz.js';
import { writeSafetensors } from '../safetensors-file.js';
import { outgoingWeights, requireNamed, requirePatchStem } from './outgoing.js';
import { type ChannelMap, channelMap, composedMap, inverseMap, type PixelScale } from './pixels.js';

export interface ForeignOptions {
  /** `flax` makes an `.npz`, `timm` a `.safetensors`. */
  readonly naming: 'flax' | 'timm';
  /** `arch` of the model's configuration. */
  readonly arch: string;
  /** `stem` of it. */
  readonly stem: StemKind;
  /** What the file's reader will show to the model. */
  readonly pixels: PixelScale;
  /** What the model's own pixels went through. */
  readonly normalisation?: Normalisation | undefined;
}

/**
 * Writes a classifier under the names, and with the layout, of the Mixer's released weights.
 * Metadata that says the rest goes where other readers do not look.
 *
 * @returns the files written
 * @throws UsageError where the architecture, or the stem, has no such names; OutputError where the file cannot be
 *   written
 */
export async function writeForeign(
  path: string,
  { model, metadata }: ExportedModel,
  { naming, arch, stem, pixels, normalisation }: ForeignOptions,
): Promise<string[]> {
  const architecture = requireNamed(arch, naming);
  requirePatchStem(stem, naming);
  const weights = new Map(
    Array.from(weightsOf(model), ([name, variable]) => {
      const read = async () => (await variable.data()) as Float32Array;
      return [name, { shape: variable.shape, read }] as const;
    }),
  );
  const imageChannels = model.inputs[0]!.shape.at(-1)!;
  const map = readersMap(channelMap(pixels, imageChannels), normalisation);
  const tensors = outgoingWeights(weights, architecture, naming, map);
  const description = `From images ${pixelRanges[pixels]} to logits; softmax makes them probabilities`;
  const described = { ...metadata, description, pixels };
  // PyTorch's readers look for this one key.
  if (naming === 'timm') await writeSafetensors(path, tensors, { format: 'pt', ...described });
  else await writeNpz(path, tensors, described);
  return [path];
}

const pixelRanges: Readonly<Record<PixelScale, string>> = {
  half: 'in -1 ... 1',
  unit: 'in 0 ... 1',
  imagenet: "normalised by the mean and deviation of ImageNet's channels",
};

/** From a reader's pixels to −1 … 1, and on to what the model saw. */
function readersMap(
  pixels: ChannelMap | undefined,
  normalisation: Normalisation | undefined,
): ChannelMap | undefined {
  const toOurs = pixels === undefined ? undefined : inverseMap(pixels);
  if (normalisation === undefined) return toOurs;
  const { mean, std } = normalisation;
  const normalise = inverseMap({ scale: std, offset: mean });
  return toOurs === undefined ? normalise : composedMap(toOurs, normalise);
}
