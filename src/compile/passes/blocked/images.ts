/**
 * What the values of a graph become where its images are kept in blocks of channels: a value may be
 * there as it was, in blocks, or not yet, as what it would be made of.
 */
import type { Builder } from '../../graph/builder.js';
import type { Value } from '../../graph/graph.js';
import { sizeOf } from '../../graph/shapes.js';
import { affine, intoBlocks, outOfBlocks } from './operators.js';

/** x · factor */
export interface Term {
  readonly x: Value;
  readonly factor?: Value | undefined;
}

/** Σ x · factor + shift; factors and the shift are [C], [B, C] where images have their own, or numbers. */
export interface Combination {
  readonly terms: readonly Term[];
  readonly shift?: Value | undefined;
}

/** a · b · factor, of two images in blocks. */
export interface Product {
  readonly a: Value;
  readonly b: Value;
  readonly factor?: Value | undefined;
}

/** What is there of a value. */
interface Forms {
  plain?: Value;
  blocks?: Value;
  combination?: Combination;
  product?: Product;
}

export class Images {
  readonly #forms = new Map<Value, Forms>();

  /** @param block channels of a block */
  constructor(
    readonly build: Builder,
    readonly block: number,
  ) {}

  /** Whether a value is, or is to be, in blocks. */
  has(value: Value): boolean {
    const forms = this.#forms.get(value);
    return forms !== undefined && (forms.plain === undefined || forms.blocks !== undefined);
  }

  /** Whether a value can be in blocks: images [B, H, W, C] of whole blocks. */
  isImage({ dtype, shape }: Value): boolean {
    const whole = shape.length === 4 && shape[3]! % this.block === 0;
    return whole && dtype === 'float32' && sizeOf(shape) > 0;
  }

  setPlain = (value: Value, plain: Value): void => void this.#forms.set(value, { plain });
  setBlocks = (value: Value, blocks: Value): void => void this.#forms.set(value, { blocks });
  setProduct = (value: Value, product: Product): void => void this.#forms.set(value, { product });
  setCombination = (value: Value, combination: Combination): void =>
    void this.#forms.set(value, { combination });

  /** The value as it was; constants and inputs are as they are. */
  plain(value: Value): Value {
    const forms = this.#forms.get(value);
    if (forms === undefined) return value;
    forms.plain ??= outOfBlocks(this.build, this.blocks(value), this.block);
    return forms.plain;
  }

  /** The value in blocks. */
  blocks(value: Value): Value {
    const forms = this.#forms.get(value);
    if (forms === undefined) return intoBlocks(this.build, value, this.block);
    forms.blocks ??= this.#make(forms);
    return forms.blocks;
  }

  /** What a value is the product of that was not made yet. */
  product(value: Value): Product | undefined {
    const forms = this.#forms.get(value);
    return forms?.blocks === undefined ? forms?.product : undefined;
  }

  /** A value as a sum of images. */
  combination(value: Value): Combination {
    const forms = this.#forms.get(value);
    if (forms?.blocks === undefined && forms?.combination !== undefined) return forms.combination;
    return { terms: [{ x: this.blocks(value) }] };
  }

  /** A value as one image and its factor. */
  term(value: Value): Term {
    const { terms, shift } = this.combination(value);
    return terms.length === 1 && shift === undefined ? terms[0]! : { x: this.blocks(value) };
  }

  /** Images in blocks, as what they are made of says. */
  combine({ terms, shift }: Combination, relu = false): Value {
    const { build } = this;
    const [first, ...plain] = terms.filter(({ factor }) => factor === undefined);
    const scaled = terms.filter(({ factor }) => factor !== undefined);
    let sum = plain.reduce<Value | undefined>((so, { x }) => so && build.add(so, x), first?.x);
    scaled.forEach(({ x, factor }, i) => {
      const isLast = i === scaled.length - 1;
      sum = affine(build, x, { factor, sum, ...(isLast ? { shift, relu } : {}) });
    });
    if (scaled.length > 0) return sum!;
    if (shift !== undefined) return affine(build, sum!, { shift, relu });
    return relu ? build.unary('Relu', sum!) : sum!;
  }

  #make({ plain, combination, product }: Forms): Value {
    if (product !== undefined) {
      const x = this.build.mul(product.a, product.b);
      return this.combine({ terms: [{ x, factor: product.factor }] });
    }
    if (combination !== undefined) return this.combine(combination);
    return intoBlocks(this.build, plain!, this.block);
  }
}
