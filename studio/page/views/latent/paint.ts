/** Pictures of generators on canvases. */

/** [H, W, C] */
export type Shape = readonly [number, number, number];

/** @param values [H, W, C] in −1 … 1, one channel or three; others show their first */
export function imageData(values: Float32Array, [height, width, channels]: Shape): ImageData {
  const image = new ImageData(width, height);
  const [green, blue] = channels >= 3 ? [1, 2] : [0, 0];
  for (let i = 0; i < width * height; i++) {
    const from = i * channels;
    // The array rounds to bytes, and keeps within them.
    image.data[4 * i] = (values[from]! + 1) * 127.5;
    image.data[4 * i + 1] = (values[from + green]! + 1) * 127.5;
    image.data[4 * i + 2] = (values[from + blue]! + 1) * 127.5;
    image.data[4 * i + 3] = 255;
  }
  return image;
}

export function paint(canvas: HTMLCanvasElement, image: ImageData): void {
  if (canvas.width !== image.width) canvas.width = image.width;
  if (canvas.height !== image.height) canvas.height = image.height;
  canvas.getContext('2d')!.putImageData(image, 0, 0);
}

/** A canvas with the picture in so many times its size, each pixel a square. */
export function enlarged(image: ImageData, times: number): HTMLCanvasElement {
  const small = document.createElement('canvas');
  paint(small, image);
  const large = document.createElement('canvas');
  Object.assign(large, { width: image.width * times, height: image.height * times });
  const context = large.getContext('2d')!;
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, large.width, large.height);
  return large;
}
