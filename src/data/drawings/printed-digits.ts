/**
 * Printed digits: those of a dozen open fonts from npm, leaning, turning and stretched a little, and then
 * placed as MNIST places handwritten ones.
 */
import { join } from 'node:path';
import { RandomStream } from '../../random.js';
import { checkedDataset, type DatasetSplits, subset } from '../dataset.js';
import { normaliseDigit } from '../digit.js';
import { digitNames } from '../mnist-package.js';
import { findPackages } from '../packages.js';
import { stratifiedSplit } from '../split.js';
import { type Drawing, rasterise } from './rasterise.js';

/** Fonts by the name of their family, and the package and file of each; all under the SIL Open Font License. */
const fonts: Readonly<Record<string, readonly [name: string, file: string]>> = {
  'Abril Fatface': ['abril-fatface', 'AbrilFatface'],
  'Alfa Slab One': ['alfa-slab-one', 'AlfaSlabOne'],
  Anton: ['anton', 'Anton'],
  'Archivo Black': ['archivo-black', 'ArchivoBlack'],
  'Bebas Neue': ['bebas-neue', 'BebasNeue'],
  'Cutive Mono': ['cutive-mono', 'CutiveMono'],
  'Fjalla One': ['fjalla-one', 'FjallaOne'],
  'Patua One': ['patua-one', 'PatuaOne'],
  Righteous: ['righteous', 'Righteous'],
  'Russo One': ['russo-one', 'RussoOne'],
  'Share Tech Mono': ['share-tech-mono', 'ShareTechMono'],
  VT323: ['vt323', 'VT323'],
};

/** Their packages. */
export const fontPackages: readonly string[] = Object.values(fonts).map(
  ([name]) => `@expo-google-fonts/${name}`,
);

/** Of each digit in each font. */
const variants = 40;
/** Side of a drawing in pixels: room for a digit of more than the 20 that it ends with. */
const drawnSide = 40;
const testShare = 0.2;
/** Belongs to what the name means in a published result: changing it changes the digits, and the test set. */
const seed = 1998;

export interface PrintedDigitsRequest {
  /** What wants them, as a message begins. */
  readonly need: string;
  readonly say?: ((line: string) => void) | undefined;
  readonly cacheFolder?: string | undefined;
}

/**
 * 3,840 printed digits to train on and 960 to test on: 28×28×1, white on black, every class divided in
 * the same proportion.
 * @throws InputError where a font's package, or the rasteriser, is not installed
 */
export async function loadPrintedDigits({
  need,
  say,
  cacheFolder,
}: PrintedDigitsRequest): Promise<DatasetSplits> {
  const found = findPackages(fontPackages, need).map(({ folder, version }, i) => {
    const [, file] = Object.values(fonts)[i]!;
    return { file: join(folder, '400Regular', `${file}_400Regular.ttf`), version };
  });
  const count = Object.keys(fonts).length * digitNames.length * variants;
  const { images } = await rasterise(
    { count, drawings: drawings },
    {
      ...{ need, name: 'printed-digits', size: drawnSide, say, cacheFolder, background: [0, 0, 0] },
      fonts: found.map(({ file }) => file),
      key: [found.map(({ version }) => version), 1],
    },
  );
  const all = checkedDataset({
    ...{ name: 'printed digits', images: placed(images, count), count },
    ...{ height: 28, width: 28, channels: 1, classNames: digitNames },
    labels: Uint8Array.from({ length: count }, (_, i) => Math.floor(i / variants) % 10),
  });
  const split = stratifiedSplit(all.labels!, testShare, RandomStream.fromSeed(seed));
  return {
    train: subset(all, split.train, 'printed digits train'),
    test: subset(all, split.test, 'printed digits test'),
  };
}

/** Font by font, digit by digit. */
function* drawings(): Generator<Drawing> {
  const random = RandomStream.fromSeed(seed).split('printed digits');
  const middle = drawnSide / 2;
  for (const family of Object.keys(fonts)) {
    for (const digit of digitNames) {
      for (let i = 0; i < variants; i++) {
        const stream = random.split(family).split(digit).split(i);
        const [turn, lean] = [stream.uniform(-8, 8), stream.uniform(-12, 12)];
        const [wide, high] = [stream.uniform(0.85, 1.15), stream.uniform(0.85, 1.15)];
        const transform = `translate(${middle} ${middle}) rotate(${turn}) skewX(${lean}) scale(${wide} ${high})`;
        const text = `<text text-anchor="middle" y="10" font-size="30" font-family="${family}" fill="white">${digit}</text>`;
        yield {
          name: `${digit} in ${family}`,
          svg: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${drawnSide} ${drawnSide}"><g transform="${transform}">${text}</g></svg>`,
        };
      }
    }
  }
}

/**
 * @param images RGB [N, 40, 40, 3], all grey
 * @returns [N, 28, 28], as MNIST has them
 */
function placed(images: Uint8Array, count: number): Uint8Array {
  const out = new Uint8Array(count * 28 * 28);
  const size = drawnSide ** 2;
  for (let i = 0; i < count; i++) {
    const grey = Uint8Array.from({ length: size }, (_, at) => images[(i * size + at) * 3]!);
    const name = `printed digit ${i}`;
    out.set(normaliseDigit({ width: drawnSide, height: drawnSide, grey }, name), i * 28 * 28);
  }
  return out;
}
