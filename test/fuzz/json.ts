/**
 * JSON as nobody writes it who means well.
 */
import type { RandomStream } from '../../src/random.js';

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

export const hostileTexts: readonly string[] = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\r\n',
  '\x1b[2J\x1b]0;x\x07',
  '\u202egnp.a',
  '__proto__',
  'constructor',
  'toString',
  '../../../etc/passwd',
  '/dev/zero',
  'C:\\x',
  '<script>alert(1)</script>',
  '"\'`{}$',
  'NaN',
  '-0',
  '1e999',
  '\ud800',
  '💥'.repeat(50),
  'x'.repeat(5000),
];

const hostile: readonly (() => Json)[] = [
  ...hostileTexts.map((text) => () => text),
  ...[0, -0, 1, -1, 0.5, 1e308, -1e308, 5e-324, 2 ** 31, 2 ** 32, 2 ** 53, 1e21].map(
    (n) => () => n,
  ),
  ...[null, true, false].map((value) => () => value),
  () => [],
  () => ({}),
  () => nested(3000),
  () => Array.from({ length: 1000 }, () => 0),
  () => ({ length: 3, 0: 1 }),
];

function nested(depth: number): Json {
  let value: Json = 1;
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { a: value };
  return value;
}

/** Numbers and keys that `JSON.stringify` does not write. */
const edits: readonly ((text: string, random: RandomStream) => string)[] = [
  (text) => `\ufeff${text}`,
  (text, random) =>
    text.replace(/\d+/, ['1e400', '-1e400', '0x10', '1'.repeat(400)][random.integer(4)]!),
  (text) => text.replace(/\{/, '{"__proto__": {"a": 1, "steps": 3}, '),
  (text) => text.replace(/"([a-z]\w*)":/i, (key, name: string) => `"${name}": 1, ${key}`),
  (text, random) => '['.repeat(1 + random.integer(100_000)) + text,
  (text) => text.replaceAll('"', "'"),
];

/** A changed document. */
export function changedJson(text: string, random: RandomStream): string {
  if (random.integer(5) === 0) return edits[random.integer(edits.length)]!(text, random);
  const root = { root: JSON.parse(text) as Json };
  for (let n = 1 + random.integer(2); n > 0; n--) {
    const places = placesIn(root);
    if (places.length === 0) break;
    const [holder, key] = places[random.integer(places.length)]!;
    change(holder, key, random);
  }
  return JSON.stringify(root.root) ?? '';
}

type Holder = { [key: string]: Json } | Json[];

function change(holder: Holder, key: string, random: RandomStream): void {
  const object = holder as { [key: string]: Json };
  const kind = random.integer(4);
  if (kind === 0) {
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else delete object[key];
  } else if (kind === 1) {
    const name = hostileTexts[random.integer(hostileTexts.length)]!;
    if (Array.isArray(holder)) holder.push(holder[Number(key)]!);
    else
      Object.defineProperty(object, name, {
        value: object[key]!,
        enumerable: true,
        writable: true,
        configurable: true,
      });
  } else object[key] = hostile[random.integer(hostile.length)]!();
}

/** Everything that something else holds. */
function placesIn(root: Holder): [Holder, string][] {
  const places: [Holder, string][] = [];
  const visit = (holder: Holder, depth: number): void => {
    for (const [key, value] of Object.entries(holder)) {
      places.push([holder, key]);
      if (typeof value === 'object' && value !== null && depth < 20) visit(value, depth + 1);
    }
  };
  visit(root, 0);
  return places;
}
