/** Makes the page: `node --import tsx samples/tab/build.ts [FOLDER]`, by default `samples/tab/dist`. */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { digits } from './digits.js';
import { digitsFile, gpuScript, gpuWasmFile, ortScript, wasmFile } from './files.js';

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(here, 'dist');

const ortFolder = dirname(createRequire(import.meta.url).resolve('onnxruntime-web/wasm'));
const compressed = async (name: string, bytes: Uint8Array): Promise<number> => {
  const packed = gzipSync(bytes, { level: 9 });
  await writeFile(join(out, name), packed);
  return packed.length;
};

await mkdir(out, { recursive: true });
const bundled = await build({
  entryPoints: ['page.ts', 'worker.ts'].map((name) => join(here, name)),
  outdir: out,
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  // Threads are started from a script of onnxruntime's own, not from the whole bundle.
  conditions: ['onnxruntime-web-use-extern-wasm'],
  alias: { 'mixgan/web': join(here, '../../web/index.ts') },
  metafile: true,
  // What is for GPUs alone is loaded where there is one.
  splitting: true,
  chunkNames: '[name]-[hash]',
});
await copyFile(join(here, 'index.html'), join(out, 'index.html'));
for (const script of [ortScript, gpuScript]) {
  await copyFile(join(ortFolder, script), join(out, script));
}
const { outputs } = bundled.metafile;
/** What an output imports before it runs, itself included. */
const loadedBy = (path: string): string[] => [
  path,
  ...(outputs[path]?.imports ?? []).flatMap(({ kind, path: imported }) =>
    kind === 'import-statement' ? loadedBy(imported) : [],
  ),
];
const entries = Object.keys(outputs).filter((path) => /(page|worker)\.js$/.test(path));
const always = new Set(entries.flatMap(loadedBy));
const texts = [...always, join(out, ortScript), join(here, 'index.html')];
const packedSize = async (path: string): Promise<number> => gzipSync(await readFile(path)).length;
const sumOf = (sizes: readonly number[]): number => sizes.reduce((sum, size) => sum + size, 0);
const sizes = [
  await compressed(wasmFile, await readFile(join(ortFolder, 'ort-wasm-simd-threaded.wasm'))),
  await compressed(digitsFile, await digits()),
  ...(await Promise.all(texts.map(packedSize))),
];
const forGpus = Object.keys(outputs).filter((path) => !always.has(path));
const more = [
  await compressed(gpuWasmFile, await readFile(join(ortFolder, gpuScript.replace('mjs', 'wasm')))),
  ...(await Promise.all([join(out, gpuScript), ...forGpus].map(packedSize))),
];
const megabytes = (list: readonly number[]): string => `${(sumOf(list) / 1e6).toFixed(2)} MB`;
console.log(
  `${out}: ${megabytes(sizes)} to download, gzipped, and ${megabytes(more)} more where there is a GPU`,
);
