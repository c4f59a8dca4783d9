/**
 * What a zod schema looks like below its wrappers: enough to walk a configuration by its keys.
 */
import { z } from 'zod';

/** What a schema says of itself besides its type, by `.meta({ … })` or `.describe('…')`. */
export interface SchemaMeta {
  /** What it is, in help. */
  readonly description?: string;
  /** Of a key: it is a flag of the command line, too; a text is what its value is called there. */
  readonly flag?: true | string;
  /** Of a key: a run that goes on may have another value than the one that was stopped. */
  readonly onResume?: true;
  /** Of an option of a choice: what its keys start as, but for those that it shares. */
  readonly defaults?: object;
}

export type Shape = Readonly<Record<string, z.ZodType>>;

export interface Option {
  readonly shape: Shape;
  readonly defaults: object;
}

/** One of several objects; the value of `key` says which. */
export interface Choice {
  readonly form: 'choice';
  readonly key: string;
  readonly options: ReadonlyMap<string, Option>;
  /** The option of an object without the key. */
  readonly absent: string;
}

export type View =
  | Choice
  | { readonly form: 'object'; readonly shape: Shape }
  | { readonly form: 'list'; readonly element: z.ZodType }
  | { readonly form: 'value' };

export function viewOf(schema: z.ZodType): View {
  const inner = innermost(schema);
  if (inner instanceof z.ZodObject) return { form: 'object', shape: inner.shape as Shape };
  if (inner instanceof z.ZodArray) return { form: 'list', element: inner.element as z.ZodType };
  if (inner instanceof z.ZodDiscriminatedUnion) return choiceOf(inner);
  if (inner instanceof z.ZodUnion) {
    const views = (inner.options as readonly z.ZodType[]).map(viewOf);
    return views.find(({ form }) => form !== 'value') ?? { form: 'value' };
  }
  return { form: 'value' };
}

/** What is said of a schema, by itself or by what it wraps. */
export function metaOf(schema: z.ZodType): SchemaMeta {
  const inner = wrapped(schema);
  return { ...(inner && metaOf(inner)), ...(schema.meta() as SchemaMeta | undefined) };
}

/** Whether a key of this schema may be left out. */
export const isOptional = (schema: z.ZodType): boolean =>
  z.object({ key: schema }).safeParse({}).success;

export function innermost(schema: z.ZodType): z.ZodType {
  const inner = wrapped(schema);
  return inner === undefined ? schema : innermost(inner);
}

function wrapped(schema: z.ZodType): z.ZodType | undefined {
  // What comes after `z.preprocess`.
  if (schema instanceof z.ZodPipe) return schema.out as z.ZodType;
  const isWrapper =
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodExactOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodReadonly;
  return isWrapper ? (schema.unwrap() as z.ZodType) : undefined;
}

function choiceOf(union: z.ZodDiscriminatedUnion): Choice {
  const key = union.def.discriminator;
  const options = (union.options as readonly z.ZodObject[]).map((option) => {
    const shape = option.shape as Shape;
    const name = (innermost(shape[key]!) as z.ZodLiteral<string>).value;
    return [name, { shape, defaults: metaOf(option).defaults ?? {} }] as const;
  });
  const absent = options.findIndex(([, { shape }]) => isOptional(shape[key]!));
  return {
    form: 'choice',
    key,
    options: new Map(options),
    absent: options[Math.max(0, absent)]![0],
  };
}
