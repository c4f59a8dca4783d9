/** What a thread does that rasterises: SVG documents to RGB bytes on a background. */
import { InputError, messageOf } from '../../errors.js';
import { importPackage } from '../packages.js';
import type { ThreadTask } from '../thread.js';

/** Red, green, blue, 0 … 255. */
export type Rgb = readonly [red: number, green: number, blue: number];

export interface RasterJob {
  readonly drawings: readonly { readonly name: string; readonly svg: string }[];
  /** Where the first picture goes, [drawings.length, S, S, 3]; shared memory. */
  readonly into: Uint8Array;
}

/** How all pictures are drawn; the fields of `RasterOptions`. */
export interface RasterLook {
  readonly need: string;
  readonly size: number;
  readonly background: Rgb;
  readonly fonts: readonly string[];
}

interface Raster {
  readonly width: number;
  readonly height: number;
  /** RGBA, [H, W, 4]; opaque, as the background is drawn too. */
  readonly pixels: Uint8Array;
}

/** The part of `@resvg/resvg-js` that is used. */
interface ResvgModule {
  readonly Resvg: new (svg: string, options: object) => { render(): Raster };
}

/** @param data a `RasterLook` */
export function rasterTask(data: unknown): ThreadTask<RasterJob, undefined> {
  const { need, size, background, fonts } = data as RasterLook;
  let loading: Promise<unknown> | undefined;
  const options = {
    background: `rgb(${background.join(',')})`,
    font: { loadSystemFonts: false, fontFiles: [...fonts] },
  };
  return async ({ drawings, into }) => {
    loading ??= importPackage('@resvg/resvg-js', need);
    const { Resvg } = (await loading) as ResvgModule;
    for (const [i, { name, svg }] of drawings.entries()) {
      const picture = into.subarray(i * size * size * 3, (i + 1) * size * size * 3);
      try {
        const raster = render(Resvg, svg, { size, options });
        for (let at = 0; at < picture.length; at++) picture[at] = background[at % 3]!;
        place(raster, picture, size);
      } catch (thrown) {
        throw new InputError(`the drawing ${name} cannot be rasterised: ${messageOf(thrown)}`);
      }
    }
    return { output: undefined };
  };
}

/** The whole drawing, as large as fits into `size` × `size`. */
function render(
  Resvg: ResvgModule['Resvg'],
  svg: string,
  { size, options }: { readonly size: number; readonly options: object },
): Raster {
  const fitted = (mode: 'width' | 'height'): Raster =>
    new Resvg(svg, { ...options, fitTo: { mode, value: size } }).render();
  const wide = fitted('width');
  return wide.height <= size ? wide : fitted('height');
}

/** Puts a raster in the middle of a picture that is all background. */
function place({ width, height, pixels }: Raster, picture: Uint8Array, size: number): void {
  const left = (size - width) >> 1;
  const top = (size - height) >> 1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 4;
      const to = ((top + y) * size + left + x) * 3;
      for (let c = 0; c < 3; c++) picture[to + c] = pixels[from + c]!;
    }
  }
}
