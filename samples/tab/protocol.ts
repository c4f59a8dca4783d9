/** What the page and its worker tell each other. */

/** What a page can compute on. */
export type Device = 'wasm' | 'gpu';

/** What the page asks for. */
export type Request =
  /** Trains a new GAN, or goes on `from` a checkpoint; `threads` at the most, all there are when absent. */
  | {
      readonly kind: 'train';
      readonly from?: File;
      readonly threads?: number;
      readonly steps?: number;
      /** What computes; the faster of them, on a GPU that is none in software, when absent. */
      readonly device?: Device;
    }
  /** Stops after the step under way, to go on with later. */
  | { readonly kind: 'stop' }
  /** Goes on where it stopped. */
  | { readonly kind: 'continue' }
  /** What it has come to, as a file. */
  | { readonly kind: 'file'; readonly form: 'checkpoint' | 'run' };

export type Numbers = Readonly<Record<string, number>>;

/** What the worker tells. */
export type Report =
  | {
      readonly kind: 'begun';
      readonly devices: string;
      readonly steps: number;
      readonly from: number;
    }
  | { readonly kind: 'step'; readonly step: number }
  | { readonly kind: 'metrics'; readonly record: Numbers }
  | {
      readonly kind: 'picture';
      readonly name: 'reals' | 'fakes';
      readonly taken: number;
      readonly width: number;
      readonly height: number;
      /** Grey, one byte a pixel. */
      readonly pixels: Uint8Array;
    }
  | { readonly kind: 'line'; readonly line: string }
  | { readonly kind: 'ended'; readonly step: number; readonly finished: boolean }
  | { readonly kind: 'file'; readonly name: string; readonly blob: Blob }
  | { readonly kind: 'failed'; readonly why: string };
