/**
 * The steps of both families in Chromium, against the `onnx` engine: 20 of them, on noise. By what the
 * engines `onnx` and `wasm` differ, a page may differ three times.
 */
import { copyFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { trainGan } from '../../gan/train.js';
import type { EngineName } from '../../src/engine/engine.js';
import { openEngine } from '../../src/engine/open.js';
import { readCheckpoint } from '../../web/index.js';
import { browserPath, launch, open } from './chromium.js';
import { trainClassifierSteps } from './classifier.js';
import { describeInBrowser } from './describe.js';
import type { Functions } from './page.js';
import { folderFor, served } from './serve.js';
import { config, data, steps } from './trainings.js';
import { difference, weightsOf } from './weights.js';

const here = dirname(fileURLToPath(import.meta.url));
const ortFolder = dirname(createRequire(import.meta.url).resolve('onnxruntime-web/wasm'));

let browser: Browser;
let folder: Awaited<ReturnType<typeof folderFor>>;

beforeAll(async () => {
  if (browserPath === undefined) return;
  folder = await folderFor('page.js');
  await build({
    entryPoints: [join(here, 'page.ts')],
    outdir: folder.path,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['onnxruntime-web-use-extern-wasm'],
    alias: { 'mixgan/web': join(here, '../../web/index.ts') },
    logLevel: 'silent',
  });
  for (const build of ['', '.asyncify']) {
    for (const extension of ['mjs', 'wasm']) {
      const name = `ort-wasm-simd-threaded${build}.${extension}`;
      await copyFile(join(ortFolder, name), join(folder.path, name));
    }
  }
  browser = await launch(['--enable-unsafe-webgpu']);
});
afterAll(async () => {
  await browser?.close();
  await folder?.remove();
});

/** Calls a function of `page.ts` in a page of its own. */
async function inPage<Name extends keyof Functions>(
  name: Name,
  ...args: Parameters<Functions[Name]>
): Promise<Awaited<ReturnType<Functions[Name]>>> {
  const { url, close } = await served(folder.path, true);
  const { page, errors } = await open(browser, url);
  try {
    await page.waitForFunction('globalThis.functions !== undefined');
    const call = `globalThis.functions[${JSON.stringify(name)}](...${JSON.stringify(args)})`;
    const result = await page.evaluate(call);
    expect(errors).toEqual([]);
    return result as Awaited<ReturnType<Functions[Name]>>;
  } finally {
    await page.context().close();
    close();
  }
}

const inNode = async (name: EngineName) =>
  openEngine(name, undefined, name === 'onnx' ? { threads: 2 } : {}).then(({ engine }) => engine);

const read = (bytes: readonly number[]) =>
  readCheckpoint(new Blob([Uint8Array.from(bytes)]), 'the page’s');

describeInBrowser('on WebAssembly', () => {
  it('a classifier learns the same', async () => {
    const found = await inPage('classifier', 2);
    const wanted = await trainClassifierSteps(await inNode('onnx'));
    const other = await trainClassifierSteps(await inNode('wasm'));
    expect(found.losses).toHaveLength(steps);
    expect(difference(found.weights, wanted.weights)).toBeLessThan(
      3 * difference(other.weights, wanted.weights) + 1e-6,
    );
  });

  it('a GAN learns the same, on one thread and on two', async () => {
    const found = await inPage('gan', 2, steps);
    expect(found.losses.every(Number.isFinite)).toBe(true);
    const page = weightsOf(await read(found.bytes));
    const wanted = await trainGan({ config, data, engine: await inNode('onnx') });
    const other = await trainGan({ config, data, engine: await inNode('wasm') });
    const native = weightsOf(wanted.checkpoint);
    expect(difference(page, native)).toBeLessThan(
      3 * difference(weightsOf(other.checkpoint), native) + 1e-6,
    );
    const one = await inPage('gan', 1, steps);
    expect(weightsOf(await read(one.bytes))).toEqual(page);
  });

  it('a checkpoint goes from Node to a page, and back', async () => {
    const engine = await inNode('onnx');
    const half = await trainGan({ config: { ...config, steps: 10 }, data, engine });
    const { checkpointBlob } = await import('../../web/index.js');
    const blob = await checkpointBlob(half.checkpoint);
    const found = await inPage('gan', 1, 15, [...new Uint8Array(await blob.arrayBuffer())]);
    const from = await read(found.bytes);
    expect(from.step).toBe(15);
    const { steps: taken } = await trainGan({ config, data, engine, from });
    expect(taken).toBe(steps);
  });
});

describeInBrowser('on WebGPU', () => {
  it('a classifier learns the same', async () => {
    const found = await inPage('classifier', 'gpu');
    const wanted = await trainClassifierSteps(await inNode('onnx'));
    const other = await trainClassifierSteps(await inNode('wasm'));
    expect(difference(found.weights, wanted.weights)).toBeLessThan(
      3 * difference(other.weights, wanted.weights) + 1e-6,
    );
  });

  it('a GAN learns the same, stopped half-way, and goes on here and elsewhere', async () => {
    const half = await inPage('gan', 'gpu', 10);
    const rest = await inPage('gan', 'gpu', steps, half.bytes);
    const wanted = weightsOf(
      (await trainGan({ config, data, engine: await inNode('onnx') })).checkpoint,
    );
    const other = await trainGan({ config, data, engine: await inNode('wasm') });
    const tolerance = 3 * difference(weightsOf(other.checkpoint), wanted) + 1e-6;
    expect(difference(weightsOf(await read(rest.bytes)), wanted)).toBeLessThan(tolerance);
    const from = await read(half.bytes);
    const moved = await trainGan({ config, data, engine: await inNode('onnx'), from });
    expect(difference(weightsOf(moved.checkpoint), wanted)).toBeLessThan(tolerance);
  });
});
