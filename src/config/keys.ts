/**
 * The keys of a configuration as people read them: path, type, value, meaning.
 */
import { z } from 'zod';
import { isObject, type JsonValue } from './json.js';
import { metaOf, type Shape, viewOf } from './schema.js';

export interface KeyLine {
  /** `model.patch`, `generator.stages.N.channels` */
  readonly path: string;
  /** The choice under which alone the key exists, as `model.arch=vit`. */
  readonly when?: string;
  /** `whole number, 1 to 65536` */
  readonly type: string;
  /** As JSON; absent where there is none. */
  readonly value?: string;
  readonly description: string;
}

/**
 * Every key of a schema, in its order.
 * @param values a configuration, whose values are shown
 */
export function keysOf(schema: z.ZodType, values: JsonValue | undefined): KeyLine[] {
  return linesOf(schema, values, [], undefined);
}

function linesOf(
  schema: z.ZodType,
  value: JsonValue | undefined,
  path: readonly string[],
  when: string | undefined,
): KeyLine[] {
  const view = viewOf(schema);
  const within = (shape: Shape, values: JsonValue | undefined, inside = when): KeyLine[] =>
    Object.entries(shape).flatMap(([key, child]) =>
      linesOf(child, isObject(values) ? values[key] : undefined, [...path, key], inside),
    );
  if (view.form === 'object') return within(view.shape, value);
  if (view.form === 'choice') {
    const { key, options, absent } = view;
    const own = isObject(value) ? String(value[key] ?? absent) : undefined;
    const names = [...options.keys()];
    const choosing = line([...path, key], names.join(' | '), own, metaOf(schema).description, when);
    const ofOptions = [...options].flatMap(
      ([
        name,
        {
          shape: { [key]: _, ...shape },
        },
      ]) => within(shape, name === own ? value : undefined, `${[...path, key].join('.')}=${name}`),
    );
    return [choosing, ...ofOptions];
  }
  if (view.form === 'list' && viewOf(view.element).form === 'object') {
    const first = Array.isArray(value) ? value[0] : undefined;
    return linesOf(view.element, first, [...path, 'N'], when);
  }
  return [line(path, typeName(schema), value, metaOf(schema).description, when)];
}

function line(
  path: readonly string[],
  type: string,
  value: JsonValue | undefined,
  description = '',
  when?: string,
): KeyLine {
  return {
    path: path.join('.'),
    ...(when === undefined ? {} : { when }),
    type,
    ...(value === undefined ? {} : { value: JSON.stringify(value) }),
    description,
  };
}

interface JsonSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}

/** Limits beyond what any machine counts to are not worth a word in a list of keys. */
const mostWorthTelling = 1e9;

/**
 * `whole number, 1 to 65536`; `erf | tanh`; `list of number greater than 0`
 * @param telling limits of numbers up to this one
 */
export function typeName(schema: z.ZodType, telling = mostWorthTelling): string {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  return nameOf(json, telling);
}

function nameOf(schema: JsonSchema, telling: number): string {
  if (schema.const !== undefined) return String(schema.const);
  if (schema.enum !== undefined) return schema.enum.join(' | ');
  if (schema.anyOf !== undefined)
    return schema.anyOf.map((one) => nameOf(one, telling)).join(' | ');
  switch (schema.type) {
    case 'integer':
      return `whole number${rangeOf(schema, telling)}`;
    case 'number':
      return `number${rangeOf(schema, telling)}`;
    case 'boolean':
      return 'true | false';
    case 'array':
      return `list of ${nameOf(schema.items ?? {}, telling)}`;
    case 'string':
      return 'text';
    default:
      return 'JSON';
  }
}

function rangeOf(
  { minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema,
  telling: number,
): string {
  const bounds = [
    ...(minimum === undefined || minimum <= -telling ? [] : [`from ${minimum}`]),
    ...(exclusiveMinimum === undefined ? [] : [`greater than ${exclusiveMinimum}`]),
    ...(maximum === undefined || maximum >= telling ? [] : [`to ${maximum}`]),
    ...(exclusiveMaximum === undefined ? [] : [`less than ${exclusiveMaximum}`]),
  ];
  return bounds.length === 0 ? '' : ` ${bounds.join(' ')}`;
}
