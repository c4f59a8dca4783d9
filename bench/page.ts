/**
 * Steps in Chromium, on WebAssembly, against the engine `onnx` in Node on as many threads:
 * `npm run --silent bench:page -- [--threads N] [WORKLOAD …]`. Both take turns, so that the ups and downs of
 * a shared machine meet them alike; the first quartile of each is what counts.
 */
import { copyFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { quantile } from '../src/arrays.js';
import { openEngine } from '../src/engine/open.js';
import { browserPath, launch, noBrowser, open } from '../test/browser/chromium.js';
import { folderFor, served } from '../test/browser/serve.js';
import { prepare, stepTimes } from './page/steps.js';

const rounds = 6;
/** About as long as a turn takes. */
const turnMs = 1500;

const { values, positionals } = parseArgs({
  options: { threads: { type: 'string', default: '2' } },
  allowPositionals: true,
});
const threads = Number(values.threads);
const names = positionals.length > 0 ? positionals : ['mnist-quick', 'classifier-step', 'gan-step'];
if (browserPath === undefined) throw new Error(noBrowser);

const here = dirname(fileURLToPath(import.meta.url));
const ortFolder = dirname(createRequire(import.meta.url).resolve('onnxruntime-web/wasm'));
const folder = await folderFor('entry.js');
await build({
  entryPoints: [join(here, 'page/entry.ts')],
  outdir: folder.path,
  bundle: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  conditions: ['onnxruntime-web-use-extern-wasm'],
  alias: { 'mixgan/web': join(here, '../web/index.ts') },
  logLevel: 'silent',
});
for (const extension of ['mjs', 'wasm']) {
  const name = `ort-wasm-simd-threaded.${extension}`;
  await copyFile(join(ortFolder, name), join(folder.path, name));
}
const { url, close } = await served(folder.path, true);
const browser = await launch();
try {
  const { page } = await open(browser, url);
  await page.waitForFunction('globalThis.functions !== undefined');
  const inPage = (name: string, count: number): Promise<number[]> =>
    page.evaluate(`functions.times(${JSON.stringify([name, threads, count]).slice(1, -1)})`);
  const { engine } = await openEngine('onnx', undefined, { threads });
  console.log(
    `${threads} threads; ms per turn of a workload (of a GAN's: all steps from one with a penalty to the next), first quartiles`,
  );
  for (const name of names) {
    const workload = prepare(name, engine);
    const inNode = (count: number): Promise<number[]> => stepTimes(workload, count);
    // The first compile.
    const one = Math.min(...(await inNode(4)), ...(await inPage(name, 4)));
    const count = Math.max(2, Math.min(40, Math.round(turnMs / one / 2)));
    const times = { page: [] as number[], node: [] as number[] };
    for (let round = 0; round < rounds; round++) {
      times.node.push(...(await inNode(count)));
      times.page.push(...(await inPage(name, count)));
    }
    const [inChromium, native] = [times.page, times.node].map((list) =>
      quantile(Float64Array.from(list).sort(), 0.25),
    ) as [number, number];
    console.log(
      `${name}: Chromium ${inChromium.toFixed(1)}, onnx ${native.toFixed(1)}, ${(inChromium / native).toFixed(2)} ×`,
    );
  }
} finally {
  await browser.close();
  close();
  await folder.remove();
}
process.exit();
