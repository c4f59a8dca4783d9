/**
 * HTML and SVG put together from text that cannot break out of its place.
 */

/** Text that is markup already. */
export class Html {
  constructor(readonly markup: string) {}
}

export type Content = string | number | Html | readonly Content[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A template of markup: what is put into it is escaped, unless it is `Html` itself. */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Html {
  return new Html(String.raw({ raw: parts }, ...values.map(markupOf)));
}

function markupOf(content: Content): string {
  if (content instanceof Html) return content.markup;
  if (Array.isArray(content)) return content.map(markupOf).join('');
  return String(content).replace(/[&<>"']/g, (character) => entities[character]!);
}
