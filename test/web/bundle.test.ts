import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What a page that uses all of it is made of. */
const bundle = () =>
  build({
    entryPoints: ['web/index.ts'],
    absWorkingDir: root,
    bundle: true,
    format: 'esm',
    // Modules of Node are errors here.
    platform: 'browser',
    write: false,
    metafile: true,
    logLevel: 'silent',
  });

it('becomes a bundle that needs nothing of Node', async () => {
  const { errors, metafile } = await bundle();
  expect(errors).toEqual([]);
  const [output] = Object.values(metafile.outputs);
  expect(output!.imports).toEqual([]);
  expect(output!.exports).toEqual(
    expect.arrayContaining(['compile', 'trainGan', 'wasmRuntime', 'checkpointBlob']),
  );
});

it('asks for nothing that only Node has', async () => {
  const { outputFiles } = await bundle();
  // TensorFlow.js looks whether there is a `process` first.
  const own = outputFiles[0]!.text.split(/^\/\/ (?=\S+\.[cm]?[jt]s$)/m);
  const ours = own.filter((part) => /^(src|gan|classifier|web)\//.test(part));
  expect(ours.length).toBeGreaterThan(100);
  expect(ours.filter((part) => /\bBuffer\.|\bprocess\./.test(part))).toEqual([]);
});
