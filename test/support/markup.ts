/** Elements that HTML never closes. */
const empty = new Set(['meta', 'img', '!doctype']);

/** Asserts that every element is closed where it should be, and that attributes have quotes. */
export function expectWellFormed(markup: string): void {
  const open: string[] = [];
  for (const [tag, end, name, attributes, closed] of markup.matchAll(
    /<(\/?)([!\w]+)((?:\s+[\w:-]+(?:="[^"<>]*")?)*)\s*(\/?)>/g,
  )) {
    if (end === '/') {
      if (open.pop() !== name || attributes !== '') throw new Error(`${tag} is out of place`);
    } else if (closed !== '/' && !empty.has(name!)) {
      open.push(name!);
    }
  }
  if (open.length > 0) throw new Error(`${open.join(', ')} not closed`);
  const rest = markup.replace(/<(\/?)([!\w]+)((?:\s+[\w:-]+(?:="[^"<>]*")?)*)\s*(\/?)>/g, '');
  if (/[<>]/.test(rest.replace(/<style>|\.figures > svg/g, ''))) {
    throw new Error(`a sign of markup in ${rest}`);
  }
}
