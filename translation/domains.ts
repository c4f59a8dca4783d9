/**
 * Two domains of images. To what loads and holds data they are one dataset of two classes, so that any
 * such dataset can be translated: its first class is A, its second B.
 */

import { type Attribute, sameNames } from '../src/data/attributes.js';
import { attributeConditions, conditionSize } from '../src/data/conditions.js';
import {
  type DatasetSplits,
  type ImageDataset,
  type ImageShape,
  subset,
} from '../src/data/dataset.js';
import { InputError } from '../src/errors.js';

/** The images of each domain. */
export interface Domains {
  readonly a: ImageDataset;
  readonly b: ImageDataset;
}

/** @throws InputError when the images are neither grey nor RGB, and so no pictures can be drawn */
export function imageShapeOf({ name, height, width, channels }: ImageDataset): ImageShape {
  if (channels !== 1 && channels !== 3) {
    throw new InputError(`${name}: images have 1 or 3 channels to be drawn, not ${channels}`);
  }
  return [height, width, channels];
}

/**
 * Refuses what is not two domains.
 * @throws InputError where there are not two classes, or one of them has no images
 */
export function requireDomains({ name, labels, classNames }: ImageDataset): void {
  if (labels === undefined || classNames.length !== 2) {
    const found = labels === undefined ? 'no classes' : `${classNames.length} classes`;
    throw new InputError(
      `${name} has ${found}, and translation needs two domains: a folder that holds two folders of pictures, or A,B with one folder each`,
    );
  }
  for (const [label, className] of classNames.entries()) {
    if (labels.includes(label)) continue;
    throw new InputError(`${name} has no images of ${className}`);
  }
}

/**
 * The images of each of two classes, copied, in their order.
 * @throws InputError as `requireDomains`
 */
export function domainsOf(dataset: ImageDataset): Domains {
  requireDomains(dataset);
  const labels = dataset.labels!;
  const of = (label: number): ImageDataset => {
    const indices = [...labels.keys()].filter((i) => labels[i] === label);
    const { labels: _, ...images } = subset(
      dataset,
      indices,
      `${dataset.name}, ${dataset.classNames[label]}`,
    );
    return { ...images, labels: undefined, classNames: [] };
  };
  return { a: of(0), b: of(1) };
}

/** Two domains as one dataset of two classes: those of A first, in their order. */
export function asOneDataset(
  name: string,
  { a, b }: Domains,
  classNames: readonly [string, string],
): ImageDataset {
  if (a.height !== b.height || a.width !== b.width || a.channels !== b.channels) {
    const shape = ({ height, width, channels }: ImageDataset) => `${height}×${width}×${channels}`;
    throw new InputError(
      `${a.name} has images of ${shape(a)}, ${b.name} of ${shape(b)}; give --image-size N to make all N×N`,
    );
  }
  const images = new Uint8Array(new SharedArrayBuffer(a.images.length + b.images.length));
  images.set(a.images);
  images.set(b.images, a.images.length);
  const count = a.count + b.count;
  const labels = Uint8Array.from({ length: count }, (_, i) => (i < a.count ? 0 : 1));
  return { ...a, name, images, labels, count, classNames, attributes: attributesOfBoth({ a, b }) };
}

/** What is known of both, in the same words. */
const attributesOfBoth = ({ a, b }: Domains): Attribute[] =>
  (a.attributes ?? []).flatMap(({ name, values, labels }) => {
    const other = b.attributes?.find((attribute) => attribute.name === name);
    if (other === undefined || !sameNames(values, other.values)) return [];
    return [{ name, values, labels: Uint8Array.from([...labels, ...other.labels]) }];
  });

/**
 * K, where discriminators are told of images.
 * @throws InputError where nothing of that name is known of the images
 */
export const numClassesOf = (
  { attributes }: { readonly attributes: readonly string[] },
  dataset: ImageDataset,
): number | undefined =>
  attributes.length === 0 ? undefined : conditionSize(attributeConditions(dataset, attributes));

/** What domains are called, for pictures and figures. */
export const domainNames = ({ train }: DatasetSplits): readonly string[] => train.classNames;
