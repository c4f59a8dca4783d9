import { InputError, UsageError } from '../../src/errors.js';
import { officialSizes } from './configs.js';

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
