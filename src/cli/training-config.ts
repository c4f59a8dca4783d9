/**
 * The configuration of a training: what its flags may be, what they ask for, what help says of it.
 */
import { isObject, type Overrides } from '../config/json.js';
import { type KeyLine, keysOf } from '../config/keys.js';
import { asJson, type Change, changedConfig, presetOf } from '../config/resolve.js';
import { innermost, metaOf, type Shape, viewOf } from '../config/schema.js';
import { InputError, UsageError } from '../errors.js';
import type { FamilyConfig, FamilySettings } from '../family/family.js';
import type { Resumed } from '../family/train.js';
import { readPipedJson } from '../files.js';
import { divided, type Given, kebab } from './options.js';

/** The keys of the configuration that are flags, too; all may be left out. */
export function configFlags({ schema }: FamilySettings<FamilyConfig>): Shape {
  const view = viewOf(schema);
  const shape = view.form === 'object' ? view.shape : {};
  const flagged = Object.entries(shape).filter(([, key]) => metaOf(key).flag !== undefined);
  return Object.fromEntries(
    flagged.map(([name, key]) => [
      name,
      innermost(key)
        .exactOptional()
        .meta({ ...metaOf(key) }),
    ]),
  );
}

/** The configuration that the flags of a new run ask for. */
export async function configOf(
  settings: FamilySettings<FamilyConfig>,
  given: Given,
): Promise<FamilyConfig> {
  const {
    preset,
    arch,
    config: file,
    set,
  } = given as {
    readonly [name in 'preset' | 'arch' | 'config']?: string;
  } & { readonly set?: readonly string[] };
  const base = presetOf(settings, preset);
  const own = divided(given, settings.flags?.shape ?? {})[0];
  const started = (await settings.start?.(base, own, arch)) ?? base;
  const overrides = divided(given, configFlags(settings))[0] as Overrides;
  const changes: Change[] = [
    ...(file === undefined ? [] : [{ where: file, overrides: await readOverrides(file) }]),
    ...(set ?? []),
    { where: 'the configuration', overrides },
  ];
  return changedConfig(settings, started, { arch, changes });
}

/** The keys that a configuration file changes. */
async function readOverrides(path: string): Promise<Overrides> {
  const value = await readPipedJson(path, 'give a JSON object with the keys to change');
  if (isObject(value)) return value;
  throw new InputError(`${path} holds no JSON object; give one with the keys to change`);
}

/**
 * The run to go on with: its own configuration, but for what a resumption can change.
 * @param given the flags that decide what is trained
 */
export async function openResumed(
  settings: FamilySettings<FamilyConfig>,
  path: string,
  given: Given,
): Promise<Resumed<FamilyConfig>> {
  const flags = configFlags(settings);
  const isFree = (key: string): boolean =>
    Object.hasOwn(flags, key) && metaOf(flags[key]!).onResume === true;
  const clashing = Object.keys(given).filter((key) => !isFree(key));
  if (clashing.length > 0) {
    const names = clashing.map((key) => `--${kebab(key)}`).join(', ');
    throw new UsageError(
      `--resume goes on with the run's own configuration and cannot be combined with ${names}`,
    );
  }
  const { openToResume } = await import('../family/train.js');
  return openToResume(settings, path, given as Overrides);
}

/** Every key of the configuration, for help. */
export function keyTable(settings: FamilySettings<FamilyConfig>): string {
  const lines = keysOf(settings.schema, asJson(presetOf(settings)));
  const shown = lines.filter(({ path }) => path !== 'kind' && path !== 'preset');
  const text: string[] = [];
  let when: string | undefined;
  for (const line of shown) {
    if (line.when !== when && line.when !== undefined) text.push(`  with ${line.when}:`);
    when = line.when;
    text.push(describeKey(line, when === undefined ? '  ' : '    '));
  }
  return `
Keys of the configuration, for --set KEY=VALUE and --config FILE, with the values of ${settings.defaultPreset}:
${text.join('\n')}`;
}

function describeKey({ path, type, value, description }: KeyLine, indent: string): string {
  const now = value === undefined ? '' : ` = ${value}`;
  return `${`${indent}${path}${now}`.padEnd(36)}  ${type}${description === '' ? '' : `; ${description}`}`;
}
