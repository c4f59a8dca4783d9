/** The part of gifenc 1.0 that is used here; the package has no types of its own. */
declare module 'gifenc' {
  /** Red, green and blue, 0 … 255. */
  export type Colour = readonly [number, number, number];

  interface FrameOptions {
    /** Of the whole file where it comes with the first frame, of its frame alone otherwise. */
    palette?: readonly Colour[];
    /** Milliseconds; the file holds hundredths of a second. */
    delay?: number;
    /** Read of the first frame: 0 for ever, −1 once. */
    repeat?: number;
  }

  interface Encoder {
    /** @param indices into the palette, [H, W] */
    writeFrame(indices: Uint8Array, width: number, height: number, options?: FrameOptions): void;
    finish(): void;
    bytes(): Uint8Array;
  }

  export interface Gifenc {
    GIFEncoder(): Encoder;
    /** @param rgba the whole of its buffer */
    quantize(rgba: Uint8Array, maxColours: number): Colour[];
    /** The nearest colour of each pixel. @param rgba the whole of its buffer */
    applyPalette(rgba: Uint8Array, palette: readonly Colour[]): Uint8Array;
  }

  /** As those see it that bundle the package's module. */
  export const GIFEncoder: Gifenc['GIFEncoder'];
  export const quantize: Gifenc['quantize'];
  export const applyPalette: Gifenc['applyPalette'];
}
