/**
 * Handwritten and printed digits: 28 × 28, white on black, classes known on both sides.
 */
import type { ImageDataset } from '../../src/data/dataset.js';
import { loadPrintedDigits } from '../../src/data/drawings/printed-digits.js';
import { loadMnistPackage } from '../../src/data/mnist-package.js';
import { InputError } from '../../src/errors.js';
import { asOneDataset, type Domains } from '../domains.js';
import type { DomainSplits } from './splits.js';

/** What discriminators can be told. */
const withDigits = (dataset: ImageDataset): ImageDataset => ({
  ...dataset,
  attributes: [
    { name: 'digit', values: dataset.classNames, labels: Uint8Array.from(dataset.labels!) },
  ],
});

export interface DigitsOptions {
  readonly say?: ((line: string) => void) | undefined;
  readonly cacheFolder?: string | undefined;
}

/** As `--data digits:handwritten,printed` names them. */
const styles = ['handwritten', 'printed'] as const;

/**
 * @param wanted the styles of A and B
 * @throws InputError where they are not the two that there are, or a package is not installed
 */
export async function loadDigitStyles(
  wanted: readonly [string, string],
  options: DigitsOptions = {},
): Promise<DomainSplits> {
  const source = `digits:${wanted.join(',')}`;
  if (wanted.toSorted().join() !== styles.join()) {
    throw new InputError(
      `--data ${source}: there are digits:handwritten,printed and digits:printed,handwritten`,
    );
  }
  const load = {
    handwritten: () => loadMnistPackage(),
    printed: () => loadPrintedDigits({ ...options, need: `--data ${source}` }),
  };
  const [a, b] = [await load[wanted[0] as 'printed'](), await load[wanted[1] as 'printed']()];
  const one = (part: 'train' | 'test') => {
    const domains: Domains = { a: withDigits(a[part]), b: withDigits(b[part]) };
    return asOneDataset(`${source} ${part}`, domains, wanted);
  };
  return {
    train: one('train'),
    test: one('test'),
    truth: { kind: 'classes', names: a.test.classNames, a: a.test.labels!, b: b.test.labels! },
  };
}
