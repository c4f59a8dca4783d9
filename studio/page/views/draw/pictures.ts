/** From the pad or a file to what a classifier sees. */
import { padSide } from './DrawPad.js';
import { greyOf, withoutLight } from './photo.js';
import { type Shape, seenDigit, seenPicture } from './seen.js';
import { drawStrokes, type Stroke } from './strokes.js';

/** Pictures are looked at in this size at most; the net's are smaller. */
const photoSide = padSide;

/** The middle square of a picture file. */
export async function squareOf(file: File): Promise<HTMLCanvasElement> {
  const bitmap = await createImageBitmap(file);
  const side = Math.min(bitmap.width, bitmap.height);
  const [left, top] = [(bitmap.width - side) / 2, (bitmap.height - side) / 2];
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width: photoSide, height: photoSide });
  const context = canvas.getContext('2d')!;
  context.fillStyle = '#fff';
  context.fillRect(0, 0, photoSide, photoSide);
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, left, top, side, side, 0, 0, photoSide, photoSide);
  bitmap.close();
  return canvas;
}

/** Undefined where there is nothing to be seen. */
export function seenOf(
  strokes: readonly Stroke[],
  photo: HTMLCanvasElement | undefined,
  isDigit: boolean,
  shape: Shape,
): Uint8Array | undefined {
  if (photo === undefined && strokes.length === 0) return undefined;
  const canvas = photo ?? strokesCanvas(strokes);
  const { width, height } = canvas;
  const { data } = canvas
    .getContext('2d', { willReadFrequently: true })!
    .getImageData(0, 0, width, height);
  if (!isDigit) return seenPicture(data, { width, height }, shape);
  const grey = greyOf(data);
  if (photo !== undefined) return seenDigit(withoutLight(grey, width, height));
  return seenDigit({ width, height, grey: Uint8Array.from(grey) });
}

let scratch: HTMLCanvasElement | undefined;

function strokesCanvas(strokes: readonly Stroke[]): HTMLCanvasElement {
  scratch ??= Object.assign(document.createElement('canvas'), { width: padSide, height: padSide });
  drawStrokes(scratch.getContext('2d', { willReadFrequently: true })!, strokes);
  return scratch;
}
