/**
 * The pages: what they link to is there.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

async function pages(): Promise<string[]> {
  const inRoot = (await readdir(root)).filter((name) => name.endsWith('.md'));
  const inDocs = (await readdir(join(root, 'docs'))).filter((name) => name.endsWith('.md'));
  return [
    ...inRoot,
    ...inDocs.map((name) => join('docs', name)),
    ...['samples/README.md', 'src/compile/README.md', 'models/README.md'],
  ];
}

/** What a forge makes of a heading: lower case, spaces as hyphens, no other signs. */
const anchors = (text: string): string[] =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

it('have no link that leads nowhere', async () => {
  const broken: string[] = [];
  for (const page of await pages()) {
    const text = await readFile(join(root, page), 'utf8');
    for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target!)) continue;
      const [path, anchor] = target!.split('#') as [string, string?];
      const file = path === '' ? join(root, page) : join(root, dirname(page), path);
      const found =
        existsSync(file) &&
        (anchor === undefined || anchors(await readFile(file, 'utf8')).includes(anchor));
      if (!found) broken.push(`${page}: ${target}`);
    }
  }
  expect(broken).toEqual([]);
});

it('name only scripts of npm that there are', async () => {
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  for (const page of await pages()) {
    const text = await readFile(join(root, page), 'utf8');
    const named = [...text.matchAll(/npm run (?:--silent )?([a-z][\w:-]*)/g)].map(
      ([, name]) => name,
    );
    for (const name of named) expect(Object.keys(scripts), `${page}: ${name}`).toContain(name);
  }
});
