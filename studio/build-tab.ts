/**
 * The page that trains a GAN by itself, for the studio: with the onnxruntime that the studio has
 * already, and without the one for GPUs, which is larger than all the rest.
 */
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { build, type Plugin } from 'esbuild';
import { digits } from '../samples/tab/digits.js';
import * as files from '../samples/tab/files.js';
import { ortScript, wasmFile } from './shared/files.js';

const here = dirname(fileURLToPath(import.meta.url));
const tab = join(here, '../samples/tab');

/** Where the page's files are, as it asks for them. */
const places = { ...files, wasmFile: `../${wasmFile}`, ortScript: `../${ortScript}` };

const ofTheStudio: Plugin = {
  name: 'files of the studio',
  setup(builder) {
    builder.onLoad({ filter: /samples[\\/]tab[\\/]files\.ts$/ }, () => ({
      contents: Object.entries(places)
        .map(([name, value]) => `export const ${name} = ${JSON.stringify(value)};`)
        .join('\n'),
    }));
  },
};

export async function buildTab(out: string): Promise<void> {
  await mkdir(out, { recursive: true });
  await build({
    entryPoints: ['page.ts', 'worker.ts'].map((name) => join(tab, name)),
    outdir: out,
    bundle: true,
    splitting: true,
    chunkNames: '[name]-[hash]',
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['onnxruntime-web-use-extern-wasm'],
    alias: { 'mixgan/web': join(here, '../web/index.ts') },
    plugins: [ofTheStudio],
    logLevel: 'error',
  });
  await writeFile(join(out, files.digitsFile), await promisify(gzip)(await digits(), { level: 9 }));
  // Last: where it is, all is.
  await copyFile(join(tab, 'index.html'), join(out, 'index.html'));
}
