/**
 * The operations on single images that RandAugment chooses from, with the meaning that they have
 * in the Python Imaging Library, where its authors took them from. Images are bytes; each
 * operation gives new ones.
 */

export interface ByteImage {
  /** [H, W, C], 0 … 255. */
  readonly values: Uint8Array;
  /** H. */
  readonly height: number;
  /** W. */
  readonly width: number;
  /** C. */
  readonly channels: number;
}

/** The values of the result, [H, W, C]; what the amount means is the operation's own. */
export type Operation = (image: ByteImage, amount: number) => Uint8Array;

export const identity: Operation = ({ values }) => values.slice();

/** Moves each row right by the amount times its distance from the top. */
export const shearX: Operation = (image, amount) => warp(image, { ...unmoved, xy: -amount });

/** Moves each column down by the amount times its distance from the left. */
export const shearY: Operation = (image, amount) => warp(image, { ...unmoved, yx: -amount });

/** Moves right by the whole part of an amount in pixels. */
export const translateX: Operation = (image, amount) =>
  warp(image, { ...unmoved, x0: -Math.trunc(amount) });

/** Moves down by the whole part of an amount in pixels. */
export const translateY: Operation = (image, amount) =>
  warp(image, { ...unmoved, y0: -Math.trunc(amount) });

/** Turns about the centre, clockwise as seen, by an amount in degrees. */
export const rotate: Operation = (image, amount) => {
  const [cos, sin] = [Math.cos((amount * Math.PI) / 180), Math.sin((amount * Math.PI) / 180)];
  const [x, y] = [image.width / 2, image.height / 2];
  return warp(image, {
    ...{ xx: cos, xy: sin, x0: x - cos * x - sin * y },
    ...{ yx: -sin, yy: cos, y0: y + sin * x - cos * y },
  });
};

/** Away from black by a factor of 1 + amount. */
export const brightness: Operation = ({ values }, amount) =>
  mapped(values, (value) => (1 + amount) * value);

/** Away from the mean grey of the image by a factor of 1 + amount. */
export const contrast: Operation = (image, amount) => {
  const mean = Math.round(meanGrey(image));
  return mapped(image.values, (value) => mean + (1 + amount) * (value - mean));
};

/** Away from its own grey, pixel by pixel, by a factor of 1 + amount; grey images stay as they are. */
export const color: Operation = (image, amount) => {
  const { values, channels } = image;
  if (channels !== 3) return values.slice();
  const out = new Uint8ClampedArray(values.length);
  for (let i = 0; i < values.length; i += 3) {
    const grey = greyOf(values[i]!, values[i + 1]!, values[i + 2]!);
    for (let c = i; c < i + 3; c++) out[c] = grey + (1 + amount) * (values[c]! - grey);
  }
  return bytesOf(out);
};

/** Away from a smoothed copy by a factor of 1 + amount; the outermost pixels stay as they are. */
export const sharpness: Operation = (image, amount) => {
  const { values, height, width, channels } = image;
  const out = new Uint8ClampedArray(values);
  const row = width * channels;
  for (let y = 1; y < height - 1; y++) {
    for (let i = y * row + channels; i < (y + 1) * row - channels; i++) {
      const smooth = Math.round(weighedNeighbourhood(values, i, row, channels) / 13);
      out[i] = smooth + (1 + amount) * (values[i]! - smooth);
    }
  }
  return bytesOf(out);
};

/** Keeps so many of the highest bits as the amount says, 0 to 8. */
export const posterize: Operation = ({ values }, amount) => {
  const mask = 256 - 2 ** (8 - Math.trunc(amount));
  return mapped(values, (value) => value & mask);
};

/** Inverts the values from the amount up. */
export const solarize: Operation = ({ values }, amount) =>
  mapped(values, (value) => (value < amount ? value : 255 - value));

/** Stretches every channel so that its values reach from 0 to 255; the amount has no effect. */
export const autoContrast: Operation = (image) =>
  byChannel(image, (histogram) => {
    const low = histogram.findIndex((count) => count > 0);
    const high = histogram.findLastIndex((count) => count > 0);
    const scale = high > low ? 255 / (high - low) : undefined;
    return (value) => (scale === undefined ? value : (value - low) * scale);
  });

/** Makes the values of every channel as evenly spread as can be; the amount has no effect. */
export const equalize: Operation = (image) =>
  byChannel(image, (histogram) => {
    const count = histogram.reduce((sum, n) => sum + n, 0);
    const step = Math.floor((count - histogram.findLast((n) => n > 0)!) / 255);
    if (step === 0) return (value) => value;
    const table = new Uint8ClampedArray(256);
    let below = step >> 1;
    for (const [value, n] of histogram.entries()) {
      table[value] = Math.floor(below / step);
      below += n;
    }
    return (value) => table[value]!;
  });

/** Where a point of the result comes from, in pixels: (xx·x + xy·y + x0, yx·x + yy·y + y0). */
interface InverseMap {
  readonly xx: number;
  readonly xy: number;
  readonly x0: number;
  readonly yx: number;
  readonly yy: number;
  readonly y0: number;
}

const unmoved: InverseMap = { xx: 1, xy: 0, x0: 0, yx: 0, yy: 1, y0: 0 };

/** Nearest pixels, black outside. A pixel's own place is its middle. */
function warp({ values, height, width, channels }: ByteImage, map: InverseMap): Uint8Array {
  const out = new Uint8Array(values.length);
  let to = 0;
  for (let y = 0.5; y < height; y++) {
    for (let x = 0.5; x < width; x++, to += channels) {
      const column = Math.floor(map.xx * x + map.xy * y + map.x0);
      const row = Math.floor(map.yx * x + map.yy * y + map.y0);
      if (column < 0 || column >= width || row < 0 || row >= height) continue;
      const from = (row * width + column) * channels;
      for (let c = 0; c < channels; c++) out[to + c] = values[from + c]!;
    }
  }
  return out;
}

/** The same function of every value, rounded and kept within 0 … 255. */
function mapped(values: Uint8Array, of: (value: number) => number): Uint8Array {
  const table = tableOf(of);
  const out = new Uint8Array(values.length);
  for (let i = 0; i < out.length; i++) out[i] = table[values[i]!]!;
  return out;
}

/** A function of the values of each channel, chosen by its histogram, [256]. */
function byChannel(
  { values, channels }: ByteImage,
  choose: (histogram: Uint32Array) => (value: number) => number,
): Uint8Array {
  const out = new Uint8Array(values.length);
  for (let c = 0; c < channels; c++) {
    const histogram = new Uint32Array(256);
    for (let i = c; i < values.length; i += channels) histogram[values[i]!]!++;
    const table = tableOf(choose(histogram));
    for (let i = c; i < values.length; i += channels) out[i] = table[values[i]!]!;
  }
  return out;
}

function tableOf(of: (value: number) => number): Uint8ClampedArray {
  const table = new Uint8ClampedArray(256);
  for (let value = 0; value < 256; value++) table[value] = of(value);
  return table;
}

/** Luma of Rec. 601. */
const greyOf = (red: number, green: number, blue: number): number =>
  Math.round(0.299 * red + 0.587 * green + 0.114 * blue);

function meanGrey({ values, channels }: ByteImage): number {
  let sum = 0;
  for (let i = 0; i < values.length; i += channels) {
    sum += channels === 3 ? greyOf(values[i]!, values[i + 1]!, values[i + 2]!) : values[i]!;
  }
  return (sum * channels) / values.length;
}

/** The values around one in its channel, itself five times: 13 weights in all. */
function weighedNeighbourhood(
  values: Uint8Array,
  at: number,
  row: number,
  channels: number,
): number {
  let sum = 4 * values[at]!;
  for (let line = at - row; line <= at + row; line += row) {
    sum += values[line - channels]! + values[line]! + values[line + channels]!;
  }
  return sum;
}

const bytesOf = ({ buffer }: Uint8ClampedArray): Uint8Array => new Uint8Array(buffer);
