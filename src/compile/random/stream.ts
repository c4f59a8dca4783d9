/**
 * Random words, as many as are asked for. They are a function of the numbers that the stream was
 * begun with alone, so a step that goes on where another one stopped draws what that would have drawn.
 *
 * The generator is sfc32 (Chris Doty-Humphrey, PractRand, https://pracrand.sourceforge.net).
 */

/** Rounds after which every bit of the state has met every other one. */
const roundsBefore = 16;

export class RandomStream {
  #a = 0;
  #b = 0;
  #c = 0;
  #counter = 1;

  /** @param numbers whole ones, of which 64 bits count */
  constructor(...numbers: readonly number[]) {
    this.begin(...numbers);
  }

  /** Begins anew, as a stream that is made with these numbers does. */
  begin(...numbers: readonly number[]): void {
    this.#a = 0x243f6a88;
    this.#b = 0x85a308d3 | 0;
    this.#c = 0x13198a2e;
    this.#counter = 1;
    for (const number of numbers) {
      this.#absorb(number | 0);
      this.#absorb(Math.floor(number / 2 ** 32) | 0);
    }
    for (let round = 0; round < roundsBefore; round++) this.word();
  }

  /** A whole number in 0 … 2³² − 1. */
  word(): number {
    const b = this.#b;
    const c = this.#c;
    const word = (((this.#a + b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = b ^ (b >>> 9);
    this.#b = (c + (c << 3)) | 0;
    this.#c = (((c << 21) | (c >>> 11)) + word) | 0;
    return word >>> 0;
  }

  /** A number in [0, 1), a multiple of 2⁻³². */
  uniform(): number {
    return this.word() * 2 ** -32;
  }

  #absorb(word: number): void {
    this.#a = mix(this.#a ^ word);
    this.#b = mix((this.#b + this.#a) | 0);
    this.#c = mix(this.#c ^ this.#b);
    this.#a = (this.#a + this.#c) | 0;
  }
}

/** A bijection of 32 bits in which each bit that goes in turns about half of those that come out. */
function mix(word: number): number {
  let h = word | 0;
  h = Math.imul(h ^ (h >>> 16), 0x21f0aaad);
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97);
  return h ^ (h >>> 15);
}
