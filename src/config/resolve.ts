/**
 * From a preset and changes to one validated, frozen configuration.
 */
import type { z } from 'zod';
import { UsageError } from '../errors.js';
import { applyAssignment, mergeOverrides } from './change.js';
import type { JsonValue, Overrides } from './json.js';
import { parseConfig } from './parse.js';

/** A family's configurations: which there can be, and which to start from. */
export interface Settings<C = unknown> {
  /** What is trained, as `config.json` has it; for messages. */
  readonly kind: string;
  readonly schema: z.ZodType<C>;
  readonly presets: Readonly<Record<string, C>>;
  readonly defaultPreset: string;
  /** Where presets can be had with other architectures. */
  readonly variants?: Variants;
}

/** Architectures by name, each with the keys that it replaces of any preset. */
export interface Variants {
  readonly description: string;
  /** The key that tells of a preset which of them it has already, as `model.arch`. */
  readonly key: string;
  readonly changes: Readonly<Record<string, object>>;
}

/** Some keys of a configuration, at any depth. */
export type Changes<C> = C extends readonly unknown[]
  ? C
  : C extends object
    ? { readonly [K in keyof C]?: Changes<C[K]> }
    : C;

/** Overrides and where they come from, for messages; or an assignment, `KEY=VALUE`. */
export type Change = string | { readonly where: string; readonly overrides: Overrides };

/**
 * A preset's configuration, changed.
 *
 * @param options.preset by default the family's first choice
 * @param options.arch one of the family's variants
 * @throws UsageError when there is no such preset, architecture or key, or a value is not allowed
 */
export function resolveConfig<C>(
  settings: Settings<C>,
  {
    preset,
    arch,
    changes,
  }: { readonly preset?: string; readonly arch?: string; readonly changes?: Changes<C> } = {},
): C {
  const base = presetOf(settings, preset);
  const overrides = asJson(changes ?? {}) as Overrides;
  return changedConfig(settings, base, { arch, changes: [{ where: 'changes', overrides }] });
}

/** @throws UsageError when there is none of that name */
export function presetOf<C>(
  { kind, presets, defaultPreset }: Settings<C>,
  name = defaultPreset,
): C {
  if (Object.hasOwn(presets, name)) return presets[name]!;
  const known = Object.keys(presets).join(', ');
  throw new UsageError(`--preset ${name}: there is no such ${kind} preset; there are ${known}`);
}

/**
 * @param base a configuration, as `presetOf` gives
 * @throws UsageError as `resolveConfig`
 */
export function changedConfig<C>(
  { schema, variants }: Settings<C>,
  base: C,
  { arch, changes }: { readonly arch?: string | undefined; readonly changes: readonly Change[] },
): C {
  let config = asJson(base);
  if (arch !== undefined) config = ofArchitecture(schema, config, variants, arch);
  for (const change of changes) {
    if (typeof change === 'string') {
      config = applyAssignment(schema, config, change);
      continue;
    }
    const { where, overrides } = change;
    config = mergeOverrides(schema, config, overrides, where);
    config = asJson(parseConfig(schema, config, where));
  }
  return parseConfig(schema, config, 'the configuration');
}

/** A configuration with another architecture, where it is not its own already. */
function ofArchitecture(
  schema: z.ZodType,
  config: JsonValue,
  variants: Variants | undefined,
  arch: string,
): JsonValue {
  const { key, changes }: Omit<Variants, 'description'> = variants ?? { key: '', changes: {} };
  if (!Object.hasOwn(changes, arch)) {
    const known = Object.keys(changes).join(', ') || 'none';
    throw new UsageError(`--arch ${arch}: there is no such architecture; there are ${known}`);
  }
  const own = key.split('.').reduce<unknown>((value, name) => Object(value)[name], config);
  return own === arch ? config : mergeOverrides(schema, config, asJson(changes[arch]), arch);
}

/** A copy without the keys that are undefined. */
export const asJson = (value: unknown): JsonValue => JSON.parse(JSON.stringify(value)) as JsonValue;
