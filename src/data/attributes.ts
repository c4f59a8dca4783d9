/**
 * What is known of each picture besides its class: its hair, its colours.
 */
import { InputError } from '../errors.js';

/** Something that every picture has one value of. */
export interface Attribute {
  /** `hair` */
  readonly name: string;
  /** What the numbers stand for: `bun`, `bob`, … */
  readonly values: readonly string[];
  /** The value of each picture, [N], each in 0 … values.length − 1. */
  readonly labels: Uint8Array;
}

/** Whether numbers stand for the same in both. */
export const sameNames = (a: readonly string[], b: readonly string[]): boolean =>
  a.join('\n') === b.join('\n');

/** The attributes of the pictures at `indices`, in that order. */
export const attributesAt = (
  attributes: readonly Attribute[],
  indices: ArrayLike<number>,
): Attribute[] =>
  attributes.map(({ labels, ...attribute }) => ({
    ...attribute,
    labels: Uint8Array.from(indices, (index) => labels[index]!),
  }));

/** The part of a dataset that this needs. */
interface Attributed {
  readonly name: string;
  readonly attributes?: readonly Attribute[] | undefined;
}

/** @throws InputError where the dataset has no attribute of that name */
export function attributesNamed(
  { name, attributes = [] }: Attributed,
  wanted: readonly string[],
): readonly Attribute[] {
  return wanted.map((one) => {
    const found = attributes.find((attribute) => attribute.name === one);
    if (found !== undefined) return found;
    const names = attributes.map((attribute) => attribute.name).join(', ');
    throw new InputError(
      `${name} has no attribute ${one}; it has ${names === '' ? 'classes alone: leave attributes empty' : names}`,
    );
  });
}

/**
 * Attributes from what is said of each picture, by name; values in the order of their characters' codes.
 * Where a picture has nothing under a name, its value is `none`.
 *
 * @throws InputError where one has more than 256 values
 */
export function attributesFrom(
  names: readonly string[],
  pictures: readonly Readonly<Record<string, string>>[],
): Attribute[] {
  return names.map((name) => {
    const ofEach = pictures.map((said) => said[name] ?? 'none');
    const values = [...new Set(ofEach)].sort();
    if (values.length > 256) {
      throw new InputError(`the attribute ${name} has ${values.length} values; 256 are the most`);
    }
    const numbers = new Map(values.map((value, i) => [value, i]));
    return { name, values, labels: Uint8Array.from(ofEach, (value) => numbers.get(value)!) };
  });
}

/** Checks labels that were kept beside pictures. */
export const areAttributes = (value: unknown, count: number): value is StoredAttribute[] =>
  Array.isArray(value) &&
  value.every(
    ({ name, values, labels }: Partial<StoredAttribute>) =>
      typeof name === 'string' &&
      Array.isArray(values) &&
      Array.isArray(labels) &&
      labels.length === count &&
      labels.every((label) => label >= 0 && label < values.length),
  );

/** An attribute as JSON. */
export interface StoredAttribute {
  readonly name: string;
  readonly values: readonly string[];
  readonly labels: readonly number[];
}
