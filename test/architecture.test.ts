/**
 * Who may import whom, and who may do what: `cli → {gan, classifier, translation} → src`,
 * `web → {gan, classifier, src}`, and `cli → studio → src`.
 */
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { run, succeeding } from './support/cli.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const packages = ['src', 'gan', 'classifier', 'translation', 'web'];
const families = ['gan', 'classifier', 'translation'];
const folders = [...packages, 'studio/server', 'studio/shared', 'studio/page'];

interface Source {
  /** From the root, as in `src/index.ts`. */
  readonly path: string;
  /** Without comments. */
  readonly code: string;
  /** What it imports: packages by name, the project's own files as `path`. */
  readonly imports: readonly string[];
}

let sources: Source[];

beforeAll(async () => {
  const paths = await Promise.all(
    folders.map(async (folder) => {
      const names = await readdir(join(root, folder), { recursive: true });
      return names.filter((name) => /\.tsx?$/.test(name)).map((name) => join(folder, name));
    }),
  );
  sources = await Promise.all(paths.flat().map(readSource));
});

async function readSource(path: string): Promise<Source> {
  const text = await readFile(join(root, path), 'utf8');
  const code = text.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*/g, '');
  // What is loaded by other means than an import, as a worker's module is, is named by its path.
  const specifiers = code.matchAll(
    /(?:\bfrom|\bimport|\bimport\(|\brequire\()\s*'([^']+)'|['"`](\.\.?\/[^'"`]+\.js)['"`]/g,
  );
  const targets = Array.from(specifiers, ([, name, file]) => targetOf(path, (name ?? file)!));
  // A worker may run the module that starts it.
  const imports = targets.filter((target) => target !== path);
  return { path, code, imports };
}

/** A package by its name, a file of the project as `path`. */
function targetOf(path: string, specifier: string): string {
  if (!specifier.startsWith('.')) return specifier;
  return relative(root, resolve(root, dirname(path), specifier.replace(/\.js$/, '.ts')));
}

const within = (path: string, ...folders: string[]): boolean =>
  folders.some((folder) => path === folder || path.startsWith(`${folder}/`));

/** `FILE imports FILE`, for every import of `from` that `forbidden` names. */
const imports = (
  from: (path: string) => boolean,
  forbidden: (target: string) => boolean,
): string[] =>
  sources
    .filter(({ path }) => from(path))
    .flatMap(({ path, imports }) =>
      imports.filter(forbidden).map((target) => `${path} imports ${target}`),
    );

/** Files outside `allowed` that contain `pattern`. */
const users = (pattern: RegExp, ...allowed: string[]): string[] =>
  sources
    .filter(({ path, code }) => !within(path, ...allowed) && pattern.test(code))
    .map(({ path }) => path);

const shared = (path: string): boolean => within(path, 'src') && !within(path, 'src/cli');

describe('imports', () => {
  it('are found', () => {
    const { imports } = sources.find(({ path }) => path === join('gan', 'sample.ts'))!;
    expect(imports).toEqual(expect.arrayContaining(['@tensorflow/tfjs-layers', 'src/random.ts']));
    const lazy = sources.find(({ path }) => path === join('src', 'cli', 'commands.ts'))!;
    expect(lazy.imports).toContain('src/cli/commands/train.ts');
  });

  it('of the shared part reach no model', () => {
    expect(
      imports(shared, (target) => within(target, ...families, 'web', 'studio', 'bench')),
    ).toEqual([]);
  });

  it('of the compiler are TensorFlow.js, onnxruntime and its own files', () => {
    const compiler = (path: string): boolean => within(path, 'src/compile');
    const known = /^(@tensorflow\/|onnxruntime-(node|web)$|pbf$|node:|src\/compile\/)/;
    expect(imports(compiler, (target) => !known.test(target))).toEqual([]);
  });

  it.each(families)('of %s reach no other model', (family) => {
    const others = families.filter((other) => other !== family);
    expect(
      imports(
        (path) => within(path, family),
        (target) => within(target, ...others),
      ),
    ).toEqual([]);
  });

  it('of the command line reach families through their registry alone', () => {
    const others = (path: string): boolean =>
      within(path, 'src/cli') && path !== join('src', 'cli', 'families.ts');
    expect(imports(others, (target) => within(target, ...families))).toEqual([]);
  });

  it('of the studio’s server reach families through what it is given alone', () => {
    const server = (path: string): boolean => within(path, 'studio/server', 'studio/shared');
    expect(imports(server, (target) => within(target, ...families, 'web'))).toEqual([]);
  });

  it('never reach the command line, except its own', () => {
    const own = (path: string): boolean => within(path, 'src/cli');
    expect(imports((path) => !own(path), own)).toEqual([]);
  });

  it('never reach the tests', () => {
    expect(
      imports(
        () => true,
        (target) => within(target, 'test'),
      ),
    ).toEqual([]);
  });

  it('form no circles', () => {
    const targets = new Map(sources.map(({ path, imports }) => [path, imports]));
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (path: string, above: readonly string[]): void => {
      if (above.includes(path)) circles.push([...above, path].join(' → '));
      if (done.has(path) || above.includes(path)) return;
      for (const target of targets.get(path) ?? []) visit(target, [...above, path]);
      done.add(path);
    };
    for (const path of targets.keys()) visit(path, []);
    expect(circles).toEqual([]);
  });

  it('of TensorFlow.js are those of its parts', () => {
    const wholes = ['@tensorflow/tfjs', '@tensorflow/tfjs-converter', '@tensorflow/tfjs-data'];
    expect(
      imports(
        () => true,
        (target) => within(target, ...wholes),
      ),
    ).toEqual([]);
  });
});

it('the shared part and the commands know no family by its name', () => {
  expect(users(/'(gan|classifier|translation)'/, ...families)).toEqual([]);
});

it('what shows help loads no TensorFlow.js', () => {
  const statically = new Map(
    sources.map(({ path, code }) => {
      const specifiers = code.matchAll(/^(?:import|export) (?!type\b)[^;]*?from '([^']+)'/gm);
      return [path, Array.from(specifiers, ([, specifier]) => targetOf(path, specifier!))];
    }),
  );
  const loaded = new Set<string>();
  const load = (path: string): void => {
    if (loaded.has(path)) return;
    loaded.add(path);
    for (const target of statically.get(path) ?? []) load(target);
  };
  load('src/cli/main.ts');
  const commands =
    /^(gan|classifier|translation)\/(family|settings|export|report|commands\/.*)\.ts$|^src\/cli\/commands\/.*\.ts$/;
  for (const path of [...statically.keys()].filter((path) => commands.test(path))) load(path);
  expect([...loaded].filter((path) => path.startsWith('@tensorflow'))).toEqual([]);
});

describe('only the command line', () => {
  it('reads the arguments of the process', () => {
    expect(users(/process\.argv/, 'src/cli')).toEqual([]);
  });

  it('prints', () => {
    expect(users(/\bconsole\.|process\.std(out|err)/, 'src/cli')).toEqual([]);
  });
});

it('models, losses and pictures reach files through src/files.ts alone', () => {
  const pure = (path: string): boolean => within(path, ...families, 'src/mixer', 'src/image');
  expect(imports(pure, (target) => /^(node:)?fs\b/.test(target))).toEqual([]);
});

it('all randomness is seeded', () => {
  // A compiled step that is given no seed is given one.
  const seeds = join('src', 'compile', 'random', 'seed.ts');
  expect(users(/Math\.random|tf\.random|randomBytes/, seeds)).toEqual([]);
});

it.each(packages)(
  'importing %s says nothing, reads nothing, and keeps nothing open',
  async (name) => {
    const entry = pathToFileURL(join(root, name, 'index.ts')).href;
    // Everything that opens a file is watched, but for the loading of modules themselves.
    const code = `
    import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    const opened = [];
    for (const api of [fs, fs.promises]) {
      for (const name of ['open', 'openSync', 'readFile', 'readFileSync', 'writeFileSync']) {
        const original = api[name];
        if (original === undefined) continue;
        api[name] = (path, ...rest) => {
          opened.push(String(path));
          return original(path, ...rest);
        };
      }
    }
    syncBuiltinESMExports();
    const before = process.getActiveResourcesInfo();
    await import(${JSON.stringify(entry)});
    console.log(JSON.stringify({
      opened: opened.filter((path) => !/\\.[cm]?[jt]s(\\.map)?$|(package|tsconfig)\\.json$/.test(path)),
      active: process.getActiveResourcesInfo().filter((name) => !before.includes(name)),
    }));`;
    const args = ['--import', 'tsx', '--input-type=module', '--eval', code];
    const { stdout, stderr } = await succeeding(run(process.execPath, args, { cwd: root }));
    expect({ ...JSON.parse(stdout), stderr }).toEqual({ opened: [], active: [], stderr: '' });
  },
);
