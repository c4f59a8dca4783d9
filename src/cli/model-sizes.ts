/**
 * Models by the names of the literature: what `summary` lists besides the presets of training.
 */
import type { ModelConfig } from '../../classifier/architectures/schema.js';
import type { ModelSizes } from '../../classifier/architectures/sizes.js';
import { InputError, UsageError } from '../errors.js';
import { kinSizes } from '../mixer/kin-sizes.js';
import { cifar10Sizes, mixerSizes } from '../mixer/sizes.js';

export interface OfficialSize extends ModelSizes {
  readonly model: ModelConfig;
}

type Sizes = ModelConfig & ModelSizes;

export const officialSizes: Readonly<Record<string, OfficialSize>> = Object.fromEntries(
  Object.entries<Sizes>({ ...asMixers(mixerSizes), ...asMixers(cifar10Sizes), ...kinSizes }).map(
    ([name, { imageShape, numClasses, ...model }]) => [name, { model, imageShape, numClasses }],
  ),
);

function asMixers<T extends object>(sizes: Readonly<Record<string, T>>) {
  return Object.fromEntries(
    Object.entries(sizes).map(([name, size]) => [name, { arch: 'mixer' as const, ...size }]),
  );
}

/**
 * @param model what a file holds
 * @throws UsageError when there is no size of that name; InputError when the model is of another
 */
export function requireOfficialSize(name: string, model: object, path: string): void {
  const official = Object.hasOwn(officialSizes, name) ? officialSizes[name] : undefined;
  if (official === undefined) {
    const known = Object.keys(officialSizes).join(', ');
    throw new UsageError(`--preset ${name}: there is no such size; there are ${known}`);
  }
  const found = new Map<string, unknown>(Object.entries(model));
  const differences = Object.entries(official.model)
    .filter(([key, value]) => found.get(key) !== value)
    .map(([key, value]) => `${key} ${found.get(key) ?? 'missing'} in place of ${value}`);
  if (differences.length > 0) {
    throw new InputError(`${path} holds no ${name}: ${differences.join(', ')}`);
  }
}
