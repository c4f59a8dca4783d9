/** Where values go into parts, and come out of them. */
import type { Builder } from '../../graph/builder.js';
import { scaleOf } from '../../graph/forms.js';
import type { Node, Value } from '../../graph/graph.js';

/** What one part has of a value: rows, or a term of a sum over all parts. */
export type Parts = Rows | Term;

/**
 * Rows from as many places as batches were concatenated: so many from each, one after the other. They
 * are one value, so that what is done to all of them is one operation.
 */
export interface Rows {
  readonly kind: 'rows';
  readonly value: Value;
  readonly lengths: readonly number[];
}

export interface Term {
  readonly kind: 'term';
  readonly value: Value;
  /** What is added once, and not by each part. */
  readonly addend?: Value | undefined;
}

/**
 * How an operation is taken apart: one part of each of its outputs, from its operands in parts, those
 * that are not whole. `undefined` when it needs one of them whole.
 */
export type PartRule<Operand = Parts> = (
  cutter: Cutter,
  node: Node,
  operands: readonly (Operand | undefined)[],
) => readonly Parts[] | undefined;

/** Cuts what is there before the parts. */
export class Cutter {
  /** What was cut, and the inputs of the part graph that stand for a part's pieces of it. */
  readonly cuts: { readonly whole: Value; readonly piece: Value; readonly start: number }[] = [];
  readonly #known = new Map<string, readonly Value[]>();

  /** @param count how many parts there are */
  constructor(
    readonly build: Builder,
    readonly count: number,
  ) {}

  /** A part's rows, so many from each place. */
  cut(whole: Value, lengths: readonly number[]): Rows {
    return { kind: 'rows', value: this.build.concat(this.#pieces(whole, lengths), 0), lengths };
  }

  #pieces(whole: Value, lengths: readonly number[]): readonly Value[] {
    const key = `${whole.id}:${lengths}`;
    let pieces = this.#known.get(key);
    if (pieces === undefined) {
      let start = 0;
      pieces = lengths.map((rows) => {
        const piece = this.build.input(whole.dtype, [rows, ...whole.shape.slice(1)]);
        this.cuts.push({ whole, piece, start });
        start += this.count * rows;
        return piece;
      });
      this.#known.set(key, pieces);
    }
    return pieces;
  }
}

/** What stands for the terms that parts have made of a sum. */
interface Sum {
  /** Inputs, in the order of the parts: all of them, or one process's. */
  readonly shares: readonly Value[];
  /** Of the shares. */
  readonly own: Value;
  /** Over all parts: `own`, or an input where several processes share them. */
  readonly total: Value;
}

/** Makes wholes of what the parts leave behind. */
export class Joiner {
  /** Results of a part, and the inputs of the graph after that stand for those of all parts. */
  readonly rows = new Map<Value, Value>();
  readonly terms = new Map<Value, Sum>();
  readonly #known = new Map<Value, Value>();

  /** @param processes among which the parts are shared */
  constructor(
    readonly build: Builder,
    readonly count: number,
    readonly processes = 1,
  ) {}

  join(value: Value, parts: Parts): Value {
    let joined = this.#known.get(value);
    if (joined === undefined) {
      joined = parts.kind === 'rows' ? this.#concatenate(parts) : this.#add(parts);
      this.#known.set(value, joined);
    }
    return joined;
  }

  #concatenate({ value, lengths }: Rows): Value {
    const { build, count, rows } = this;
    const wholes = build.split(value, 0, lengths).map((part) => {
      const [length, ...others] = part.shape as [number, ...number[]];
      const all = rows.get(part) ?? build.input(part.dtype, [count * length, ...others]);
      rows.set(part, all);
      return all;
    });
    return build.concat(wholes, 0);
  }

  /** In the order of the parts, whichever is there first. */
  #add({ value, addend }: Term): Value {
    const { build } = this;
    // Multiples of one sum come from one result.
    const { base: term, factor } = scaleOf(value) ?? { base: value, factor: 1 };
    const sum = this.terms.get(term) ?? this.#sumOf(term);
    this.terms.set(term, sum);
    const total = build.scale(sum.total, factor);
    return addend === undefined ? total : build.add(total, addend);
  }

  #sumOf({ dtype, shape }: Value): Sum {
    const { build, count, processes } = this;
    const shares = Array.from({ length: count / processes }, () => build.input(dtype, shape));
    const own = sumInPairs(build, shares);
    return { shares, own, total: processes === 1 ? own : build.input(dtype, shape) };
  }
}

/**
 * The sum of two halves, each a sum of two halves …: half of the terms, added up elsewhere, is a term of
 * the same sum.
 */
function sumInPairs(build: Builder, terms: readonly Value[]): Value {
  if (terms.length === 1) return terms[0]!;
  const half = Math.floor(terms.length / 2);
  return build.add(sumInPairs(build, terms.slice(0, half)), sumInPairs(build, terms.slice(half)));
}
