/**
 * The first key that an object of a JSON text has twice, at any depth; `JSON.parse` keeps the last of
 * them and says nothing.
 *
 * @param text valid JSON
 */
export function repeatedKey(text: string): string | undefined {
  // Of each object that is open its keys so far; of a list nothing.
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '{') open.push(new Set());
    else if (character === '[') open.push(undefined);
    else if (character === '}' || character === ']') open.pop();
    else if (character === '"') {
      const start = at;
      do at += text[at] === '\\' ? 2 : 1;
      while (text[at] !== '"');
      const keys = open.at(-1);
      if (keys === undefined || !isColonNext(text, at + 1)) continue;
      const key = JSON.parse(text.slice(start, at + 1)) as string;
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}

/**
 * Whether lists and objects lie in one another more than `most` deep: what a few bytes open takes
 * hundreds of bytes of memory each.
 */
export function isDeeper(text: string, most: number): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') {
      do at += text[at] === '\\' ? 2 : 1;
      while (at < text.length && text[at] !== '"');
    } else if (character === '{' || character === '[') {
      if (++depth > most) return true;
    } else if (character === '}' || character === ']') depth--;
  }
  return false;
}

/** Whether the string that ends at `at` is a key. */
function isColonNext(text: string, at: number): boolean {
  let next = at;
  while (next < text.length && ' \t\n\r'.includes(text[next]!)) next++;
  return text[next] === ':';
}
