/**
 * Flags of the command line from schemas: one option for each key.
 */
import { InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { typeName } from '../config/keys.js';
import { innermost, isOptional, metaOf, type Shape } from '../config/schema.js';
import { engineNames } from '../engine/engine.js';
import { UsageError } from '../errors.js';

/** Values of flags by the names of their keys; absent where they were not given. */
export type Given = Readonly<Record<string, unknown>>;

export const computeFlags = {
  engine: z
    .enum(['auto', ...engineNames])
    .exactOptional()
    .describe(
      'what computes; auto, unless said, takes the fastest that loads, and a GPU where that proves faster',
    ),
  threads: z
    .int()
    .min(1)
    .max(1024)
    .exactOptional()
    .describe('how many threads the onnx engine uses (default: all cores)'),
};

export const jsonFlag = {
  json: z
    .boolean()
    .exactOptional()
    .describe('print one JSON document on standard output, nothing else'),
};

/** `imageSize` as `image-size`. */
export const kebab = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

export const optionsOf = (shape: Shape): Option[] =>
  Object.entries(shape).map(([key, schema]) => optionOf(key, schema));

function optionOf(key: string, schema: z.ZodType): Option {
  const { description = '', flag } = metaOf(schema);
  const inner = innermost(schema);
  const isFlag = inner instanceof z.ZodBoolean;
  const name = typeof flag === 'string' ? flag : inner instanceof z.ZodNumber ? 'N' : 'NAME';
  const option = new Option(
    `--${kebab(key)}${isFlag ? '' : ` <${name}>`}`,
    `${description}${defaultNote(schema)}`,
  );
  if (!isOptional(schema)) option.makeOptionMandatory();
  if (isFlag) return option;
  if (inner instanceof z.ZodEnum) return option.choices(inner.options as string[]);
  if (inner instanceof z.ZodArray) {
    const element = innermost(inner.element as z.ZodType);
    if (option.variadic && element instanceof z.ZodEnum) {
      return option.choices(element.options as string[]);
    }
    // Texts may hold commas themselves.
    return element instanceof z.ZodString
      ? option.argParser((text: string, before: string[] = []) => [...before, text])
      : option.argParser((text) => text.split(',').map((item) => parsed(element, item.trim())));
  }
  if (inner instanceof z.ZodString) {
    return option.argParser((text) => {
      const { success, error } = inner.safeParse(text);
      if (success) return text;
      throw new UsageError(`--${kebab(key)} ${text}: ${error.issues[0]!.message}`);
    });
  }
  return option.argParser((text) => parsed(inner, text));
}

function defaultNote(schema: z.ZodType): string {
  const { data } = z.object({ key: schema }).safeParse({});
  return data?.key === undefined ? '' : ` (default: ${data.key})`;
}

/**
 * The flags of several families. Where two know a text differently, as a file that the one writes in more
 * forms, any is let through: the family of the run has the last word.
 */
export function together(shapes: readonly Shape[]): Shape {
  const all: Record<string, z.ZodType> = {};
  for (const [key, schema] of shapes.flatMap((shape) => Object.entries(shape))) {
    const known = all[key];
    if (known === undefined) all[key] = schema;
    else if (known !== schema && innermost(known) instanceof z.ZodString) {
      const { description = '', flag } = metaOf(known);
      all[key] = z
        .string()
        .exactOptional()
        .meta({ description: `${description}${defaultNote(known)}`, ...(flag && { flag }) });
    } else if (known !== schema) all[key] = schema;
  }
  return all;
}

/** One value of a flag. */
function parsed(schema: z.ZodType, text: string): unknown {
  const value = schema instanceof z.ZodNumber ? numberOf(text) : text;
  const { success, error } = schema.safeParse(value);
  if (success) return value;
  if (schema instanceof z.ZodNumber) {
    throw new InvalidArgumentError(`A ${typeName(schema, Number.POSITIVE_INFINITY)} is wanted.`);
  }
  if (schema instanceof z.ZodEnum) {
    throw new InvalidArgumentError(`Allowed choices are ${schema.options.join(', ')}.`);
  }
  throw new InvalidArgumentError(error.issues[0]!.message);
}

const numberOf = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text));

/** What a command's own schema makes of its flags. */
export function valuesOf<S extends z.ZodObject>(schema: S, given: Given): z.output<S> {
  const { success, data, error } = schema.safeParse(given);
  if (success) return data;
  const [issue] = error.issues;
  const key = String(issue!.path[0]);
  const value = given[key];
  const shown = typeof value === 'string' ? ` ${value}` : '';
  throw new UsageError(`--${kebab(key)}${shown}: ${issue!.message}`);
}

/** Flags in two parts: those of `shape`, and the others. */
export function divided(given: Given, shape: Shape): [own: Given, others: Given] {
  const has = ([key]: [string, unknown]): boolean => Object.hasOwn(shape, key);
  const entries = Object.entries(given);
  return [
    Object.fromEntries(entries.filter(has)),
    Object.fromEntries(entries.filter((entry) => !has(entry))),
  ];
}
