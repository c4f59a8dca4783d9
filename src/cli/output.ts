/**
 * What a command prints on standard output.
 */
import { describeViews, type View } from '../../classifier/views.js';

/** One JSON document with `--json`, text for a person otherwise. */
export function report(json: boolean | undefined, document: unknown, text: () => string): void {
  process.stdout.write(json === true ? `${JSON.stringify(document, null, 2)}\n` : `${text()}\n`);
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

/** A line of text about views, where an image has more than one. */
export const viewsNote = (views: readonly View[]): string =>
  views.length === 1 ? '' : `mean of ${views.length} views: ${describeViews(views)}\n`;
