/**
 * Numbers and names as people read them.
 */

/** A share, 0 … 1, as `98.00%`. */
export const percent = (share: number): string => `${(100 * share).toFixed(2)}%`;

/** `28,000` */
export const grouped = (value: number): string => value.toLocaleString('en-US');

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
function enumerated(names: readonly string[]): string {
  const shown = names.slice(0, 4).join(', ');
  return names.length > 4 ? `${shown} and ${names.length - 4} more` : shown;
}

/** A cell, and whether numbers make it lean to the right. */
type Cell = string | number;

/** Columns padded to their widest cell; numbers to the right, text to the left. */
export function table(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const text = [header, ...rows].map((row) => row.map(String));
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
