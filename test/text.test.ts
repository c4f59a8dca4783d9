import { describe, expect, it } from 'vitest';
import { printable, printableLine, table } from '../src/text.js';

describe('printable', () => {
  it('leaves text as it is', () => {
    const text = 'a step/of «ü», 步 and 🙂\nin two lines';
    expect(printable(text)).toBe(text);
  });

  it.each([
    ['\x1b[2J', '\\u001b[2J'],
    ['a\rb', 'a\\u000db'],
    ['a\x7f\x9b1m', 'a\\u007f\\u009b1m'],
    ['\u202eabc\u2066', '\\u202eabc\\u2066'],
  ])('escapes what a terminal would obey: %j', (text, shown) => {
    expect(printable(text)).toBe(shown);
    const document = JSON.stringify({ text });
    expect(JSON.parse(printable(document))).toEqual({ text });
  });

  it('makes a line of several', () => {
    expect(printableLine('a\nb')).toBe('a\\u000ab');
  });
});

it('a table keeps what names hold within their cells', () => {
  expect(table(['class'], [['a\nb\x1b[31m']])).toBe('class\na\\u000ab\\u001b[31m');
});
