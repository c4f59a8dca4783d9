/** The page's lists of kernels, held to what is there. */
import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, it } from 'vitest';
import { compileStep } from '../../../src/compile/compile.js';
import { complexLowerings } from '../../../src/compile/lower/complex.js';
import { refusedKernels } from '../../../src/compile/lower/refused.js';
import { lowerings } from '../../../src/compile/lower/table.js';
import { float32 } from '../../../src/compile/step.js';

const page = await readFile(new URL('../../../src/compile/README.md', import.meta.url), 'utf8');

/** The names in the paragraph or table after a marker. */
function namesAfter(marker: string): string[] {
  const [, rest] = page.split(`<!-- ${marker} -->\n`);
  const [list] = rest!.split('\n<!-- end -->');
  return [...list!.matchAll(/`(\w+)`/g)].map(([, name]) => name!);
}

const compiled = [...new Set([...Object.keys(lowerings), ...Object.keys(complexLowerings)])];

describe('the lists of kernels', () => {
  it('name every kernel that is compiled, and every one that is refused', () => {
    expect(namesAfter('compiled')).toEqual(compiled.sort());
    expect(namesAfter('refused')).toEqual(Object.keys(refusedKernels).sort());
  });

  it('leave no kernel of the `cpu` backend out', () => {
    const known = new Set([...compiled, ...Object.keys(refusedKernels)]);
    const kernels = tf.getKernelsForBackend('cpu').map(({ kernelName }) => kernelName);
    expect(kernels.filter((name) => !known.has(name))).toEqual([]);
  });
});

describe('a refused kernel', () => {
  it('is named with the line that called it, and the reason', async () => {
    const step = compileStep(({ x }) => ({ y: tf.unique(x! as tf.Tensor1D).values }));
    await expect(step({ x: float32([2], Float32Array.of(1, 1)) })).rejects.toThrow(
      /^compile has no lowering of Unique \(the shape of what it makes follows .* outside of the step\), called at .*kernels\.test\.ts:\d+:\d+$/,
    );
  });
});
