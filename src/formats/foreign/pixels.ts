/**
 * How other code scales pixels. Models here make x = 2p − 1 of a pixel p in 0 … 1; a model that was
 * trained on (p − mean) / std sees the same once its first linear map, the stem, takes over the
 * difference: (p − mean) / std = scale · x + offset, in every channel.
 */
import { UsageError } from '../../errors.js';

export const pixelScales = ['half', 'imagenet', 'unit'] as const;

/**
 * `half`: mean ½ and standard deviation ½, as here; `imagenet`: the mean and the deviation of
 * ImageNet's channels; `unit`: 0 … 1 as they are.
 */
export type PixelScale = (typeof pixelScales)[number];

/** y = scale · x + offset, in every channel. */
export interface ChannelMap {
  /** [C_in] */
  readonly scale: readonly number[];
  /** [C_in] */
  readonly offset: readonly number[];
}

const statistics = {
  imagenet: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  unit: { mean: [0], std: [1] },
} as const;

/**
 * From x in −1 … 1 to what a model of `pixels` sees; undefined where that is x itself.
 * @throws UsageError when images of so many channels have no such scale
 */
export function channelMap(pixels: PixelScale, channels: number): ChannelMap | undefined {
  if (pixels === 'half') return undefined;
  const { mean, std } = statistics[pixels];
  if (mean.length !== 1 && mean.length !== channels) {
    throw new UsageError(
      `pixels "${pixels}" are those of ${mean.length} channels, and the model has ${channels}; choose another scale`,
    );
  }
  const all = Array.from({ length: channels }, (_, c) => [
    mean[c % mean.length]!,
    std[c % std.length]!,
  ]) as [number, number][];
  return {
    scale: all.map(([, deviation]) => 0.5 / deviation),
    offset: all.map(([average, deviation]) => (0.5 - average) / deviation),
  };
}

/** From y back to x. */
export const inverseMap = ({ scale, offset }: ChannelMap): ChannelMap => ({
  scale: scale.map((factor) => 1 / factor),
  offset: offset.map((shift, c) => -shift / scale[c]!),
});

/** `first`, and `then` of what comes out. */
export const composedMap = (first: ChannelMap, then: ChannelMap): ChannelMap => ({
  scale: first.scale.map((factor, c) => then.scale[c]! * factor),
  offset: first.offset.map((shift, c) => then.scale[c]! * shift + then.offset[c]!),
});

/**
 * The stem's kernel that does to x what `kernel` does to scale · x.
 * @param kernel [P, P, C_in, C]
 */
export function scaleKernel(
  kernel: Float64Array,
  { scale }: ChannelMap,
  channels: number,
): Float64Array {
  return kernel.map((weight, i) => weight * scale[Math.floor(i / channels) % scale.length]!);
}

/**
 * What the stem's kernel makes of the offset, [C]: the bias takes it over.
 * @param kernel [P, P, C_in, C]
 */
export function offsetResponse(
  kernel: Float64Array,
  { offset }: ChannelMap,
  channels: number,
): Float64Array {
  const response = new Float64Array(channels);
  kernel.forEach((weight, i) => {
    response[i % channels]! += weight * offset[Math.floor(i / channels) % offset.length]!;
  });
  return response;
}
