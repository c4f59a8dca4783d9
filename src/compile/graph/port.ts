/**
 * What the inputs and outputs of graphs are. Ports of two graphs that are alike are the same value.
 */
export type Port =
  /** What a step is given, and what it returns, by its names. */
  | { readonly kind: 'input' | 'output'; readonly name: string }
  /** A variable, by its place in `Trace.state`: its values before a run go in, those after it come out. */
  | { readonly kind: 'state'; readonly index: number }
  /** What the host is asked for at each call, by its place in `Trace.supplies`. */
  | { readonly kind: 'supplied'; readonly index: number }
  /** What was made of variables alone, before the call. */
  | { readonly kind: 'prepared'; readonly index: number }
  /** What is there before the parts of a batch. */
  | { readonly kind: 'early'; readonly index: number }
  /** One part's rows of something that is there before. */
  | { readonly kind: 'piece'; readonly index: number }
  /** Rows that come out of a part; those of all parts, one after the other, where they go in. */
  | { readonly kind: 'rows'; readonly index: number }
  /** A term of a sum over all parts that comes out of one of them. */
  | { readonly kind: 'term'; readonly index: number }
  /** The term that one part made, where it goes in. */
  | { readonly kind: 'share'; readonly index: number; readonly part: number }
  /** The sum over all parts, where several processes share them; over those of one, where it comes out. */
  | { readonly kind: 'total'; readonly index: number };

/** The same for ports that are alike, and for no others. */
export function keyOf(port: Port): string {
  switch (port.kind) {
    case 'input':
    case 'output':
      return `${port.kind}/${port.name}`;
    case 'share':
      return `share/${port.index}/${port.part}`;
    default:
      return `${port.kind}/${port.index}`;
  }
}
