import { expect, it } from 'vitest';
import { isDeeper, repeatedKey } from '../../src/formats/json-keys.js';

it.each([
  ['{"a": 1, "b": {"a": 2}, "c": [{"a": 3}, {"a": "a"}]}', undefined],
  ['{"a": "b\\"", "b": ["a", "b", "a"], "\\\\": "x\\\\"}', undefined],
  ['[]', undefined],
  ['{"a": 1, "b": 2, "a" : 3}', 'a'],
  ['{"x": {"y": [{"z": 1, "z": 1}]}}', 'z'],
  ['{"\\u0061": 1, "a": 2}', 'a'],
  ['{"__proto__": 1, "__proto__": 2}', '__proto__'],
])('finds what is twice in one object: %s', (text, key) => {
  JSON.parse(text);
  expect(repeatedKey(text)).toBe(key);
});

it.each([
  ['{"a": [1, {"b": "[[[{{{"}]}', 3],
  ['[[], [], []]', 2],
  ['"{\\"[["', 0],
  ['[[[', 3],
  ['["', 1],
])('tells how deep lists and objects lie: %s', (text, depth) => {
  expect(isDeeper(text, depth)).toBe(false);
  if (depth > 0) expect(isDeeper(text, depth - 1)).toBe(true);
});
