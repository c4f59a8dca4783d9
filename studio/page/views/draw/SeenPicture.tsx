import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Shape } from './seen.js';

/** What a classifier sees, or black. */
export function SeenPicture({
  seen,
  shape: [height, width, channels],
}: {
  readonly seen: Uint8Array | undefined;
  readonly shape: Shape;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const image = new ImageData(width, height);
    for (let i = 0; i < width * height; i++) {
      for (let c = 0; c < 3; c++) {
        image.data[4 * i + c] = seen?.[i * channels + (channels >= 3 ? c : 0)] ?? 0;
      }
      image.data[4 * i + 3] = 255;
    }
    canvas.current!.getContext('2d')!.putImageData(image, 0, 0);
  }, [seen, width, height, channels]);
  return (
    <canvas
      ref={canvas}
      class="seen"
      role="img"
      aria-label="The picture as the net sees it"
      width={width}
      height={height}
    />
  );
}
