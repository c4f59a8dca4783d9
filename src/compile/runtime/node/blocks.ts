/** In which blocks of channels onnxruntime takes images on this machine. */
import { Builder } from '../../graph/builder.js';
import { modelOf } from '../model.js';
import { createSession } from './session.js';

let known: Promise<number | undefined> | undefined;

/**
 * Channels of a block, 8 or 16: as many as a vector register of the processor holds. Undefined where
 * there are none, and on processors other than x86-64, on which they were never tried.
 */
export function findBlock(): Promise<number | undefined> {
  known ??= process.arch === 'x64' ? probe().catch(() => undefined) : Promise.resolve(undefined);
  return known;
}

const channels = 16;
const pixels = 2;

/** Has two pixels of 16 channels put into blocks, and looks where they went. */
async function probe(): Promise<number | undefined> {
  const build = new Builder();
  const image = build.input('float32', [1, channels, 1, pixels]);
  const blocks = build.op('ReorderInput', [image], image, {}, 'com.microsoft.nchwc');
  const session = await createSession(
    modelOf({
      inputs: [{ port: { kind: 'input', name: 'image' }, value: image }],
      outputs: [{ port: { kind: 'output', name: 'blocks' }, value: blocks }],
    }),
    { threads: 1 },
  );
  // Each number is its place.
  const places = Float32Array.from({ length: channels * pixels }, (_, i) => i);
  const [found] = await session.run([places]);
  await session.release();
  return [8, 16].find((block) => {
    const expected = places.map((_, i) => {
      const [inBlock, pixel] = [i % block, Math.floor(i / block) % pixels];
      return (Math.floor(i / (block * pixels)) * block + inBlock) * pixels + pixel;
    });
    return expected.every((place, i) => found![i] === place);
  });
}
