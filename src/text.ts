/**
 * Numbers and names as people read them.
 */

/** A share, 0 … 1, as `98.00%`. */
export const percent = (share: number): string => `${(100 * share).toFixed(2)}%`;

/** `28,000` */
export const grouped = (value: number): string => value.toLocaleString('en-US');

/**
 * Text of anybody's, such as a path or the name of a class, for a terminal, which would obey some of
 * its characters: controls, and those that change the direction of writing, become escapes as JSON has
 * them. Line breaks stay.
 */
export const printable = (text: string): string =>
  text.replace(obeyed, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, '0');
    return character === '\n' ? character : `\\u${code}`;
  });

/** The same as a single line. */
export const printableLine = (text: string): string => printable(text).replaceAll('\n', '\\u000a');

const obeyed = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** Of a text that may be of any length, enough to know it by. */
export const shortened = (text: string, most = 200): string =>
  text.length > most ? `${text.slice(0, most)}…` : text;

/** What keeps two sets of named things from being the same; empty where nothing does. */
export function misfits(named: {
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  /** Said in full. */
  readonly different: readonly string[];
}): string {
  const say = (what: string, names: readonly string[]): string[] =>
    names.length > 0 ? [`${what}${enumerated(names)}`] : [];
  return [
    ...say('missing ', named.missing),
    ...say('unexpected ', named.unexpected),
    ...say('', named.different),
  ].join('; ');
}

/** The first few of many names: the error stays one line. */
export function enumerated(names: readonly string[]): string {
  const shown = names.slice(0, 4).join(', ');
  return names.length > 4 ? `${shown} and ${names.length - 4} more` : shown;
}

/** A cell, and whether numbers make it lean to the right. */
type Cell = string | number;

/** Columns padded to their widest cell; numbers to the right, text to the left. */
export function table(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const text = [header, ...rows].map((row) => row.map((cell) => printableLine(String(cell))));
  const widths = header.map((_, column) => Math.max(...text.map((row) => row[column]!.length)));
  const leansRight = header.map((_, column) =>
    rows.every(
      (row) => typeof row[column] === 'number' || /^[\d.,%×-]+$/.test(String(row[column])),
    ),
  );
  return text
    .map((row) =>
      row
        .map((cell, column) =>
          leansRight[column] === true
            ? cell.padStart(widths[column]!)
            : cell.padEnd(widths[column]!),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
