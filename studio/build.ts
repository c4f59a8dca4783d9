/** Builds the page: `node --import tsx studio/build.ts [FOLDER]`, by default `studio/dist`. */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { build } from 'esbuild';
import { buildTab } from './build-tab.js';
import { ortScript, tabFolder, wasmFile } from './shared/files.js';

const here = dirname(fileURLToPath(import.meta.url));
const ortFolder = dirname(createRequire(import.meta.url).resolve('onnxruntime-web/wasm'));

/** @returns the folder, which holds everything that the page asks for but its data */
export async function buildPage(out = join(here, 'dist')): Promise<string> {
  await mkdir(out, { recursive: true });
  await Promise.all([
    build({
      entryPoints: { page: join(here, 'page/main.tsx'), style: join(here, 'page/style.css') },
      outdir: out,
      bundle: true,
      splitting: true,
      minify: true,
      format: 'esm',
      platform: 'browser',
      target: 'es2022',
      jsx: 'automatic',
      jsxImportSource: 'preact',
      chunkNames: 'part-[hash]',
      // The runtime fetches its own script and WebAssembly, where the page tells it to.
      conditions: ['onnxruntime-web-use-extern-wasm'],
      logLevel: 'error',
    }),
    copyFile(join(here, 'page/index.html'), join(out, 'index.html')),
    copyFile(join(ortFolder, 'ort-wasm-simd-threaded.mjs'), join(out, ortScript)),
    compressedWasm(out),
    tab(join(out, tabFolder)),
  ]);
  return out;
}

/** The page that trains by itself, made once: it takes seconds, too. */
async function tab(out: string): Promise<void> {
  if (!existsSync(join(out, 'index.html'))) await buildTab(out);
}

/** Compressed, any server sends a third of it; that takes seconds, and is done once. */
async function compressedWasm(out: string): Promise<void> {
  const path = join(out, wasmFile);
  if (existsSync(path)) return;
  const bytes = await readFile(join(ortFolder, 'ort-wasm-simd-threaded.wasm'));
  const aside = `${path}.${process.pid}`;
  await writeFile(aside, await promisify(gzip)(bytes, { level: 9 }));
  await rename(aside, path);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const out = await buildPage(process.argv[2]);
  const names = await readdir(out);
  const texts = names.filter((name) => /\.(js|css|html)$/.test(name));
  const packed = await Promise.all(
    texts.map(async (name) => (await promisify(gzip)(await readFile(join(out, name)))).length),
  );
  const total = packed.reduce((sum, bytes) => sum + bytes, 0);
  process.stderr.write(`${out}: ${(total / 1000).toFixed(1)} kB, gzipped, without WebAssembly\n`);
}
