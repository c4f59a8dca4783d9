/**
 * The classifier's step in stock TensorFlow.js on stock WebAssembly: stock layers, stock optimiser,
 * none of this project's kernels or gradients. For each line of input, a workload and a number of steps,
 * it takes them and prints `{ms, peakBytes}`, as `serve.py` does.
 *
 * The stem is a dense layer on patches, cut before training: stock WebAssembly cannot train a
 * convolution.
 */
import { createInterface } from 'node:readline';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import * as tfl from '@tensorflow/tfjs-layers';

const [batchSize, tokens, patchPixels, channels] = [128, 49, 16, 128];
const [tokenDim, channelDim, numBlocks, numClasses] = [64, 256, 4, 10];

const apply = (layer: tfl.layers.Layer, ...inputs: tfl.SymbolicTensor[]): tfl.SymbolicTensor =>
  layer.apply(inputs.length === 1 ? inputs[0]! : inputs) as tfl.SymbolicTensor;
const norm = (x: tfl.SymbolicTensor) => apply(tfl.layers.layerNormalization({ epsilon: 1e-6 }), x);
const mlp = (x: tfl.SymbolicTensor, width: number, units: number) =>
  apply(
    tfl.layers.dense({ units }),
    apply(tfl.layers.dense({ units: width, activation: 'gelu' }), x),
  );
const permute = (x: tfl.SymbolicTensor) => apply(tfl.layers.permute({ dims: [2, 1] }), x);
const add = (a: tfl.SymbolicTensor, b: tfl.SymbolicTensor) => apply(tfl.layers.add(), a, b);

tf.enableProdMode();
await tf.setBackend('wasm');
const input = tfl.input({ shape: [tokens, patchPixels] });
let x = apply(tfl.layers.dense({ units: channels }), input);
for (let i = 0; i < numBlocks; i++) {
  x = add(x, permute(mlp(permute(norm(x)), tokenDim, tokens)));
  x = add(x, mlp(norm(x), channelDim, channels));
}
x = apply(tfl.layers.globalAveragePooling1d({}), norm(x));
const model = tfl.model({
  inputs: input,
  outputs: apply(tfl.layers.dense({ units: numClasses }), x),
});
const optimizer = tf.train.adam(1e-3);
const patches = tf.randomNormal([batchSize, tokens, patchPixels]);
const labels = tf.oneHot(
  tf.cast(tf.mod(tf.range(0, batchSize, 1, 'int32'), numClasses), 'int32'),
  numClasses,
);

for await (const line of createInterface({ input: process.stdin })) {
  const [workload, times] = line.split(' ');
  if (workload !== 'classifier-step') {
    console.log(JSON.stringify({ error: 'it knows classifier-step alone' }));
    continue;
  }
  const start = performance.now();
  for (let i = 0; i < Number(times); i++) await step();
  const ms = (performance.now() - start) / Number(times);
  console.log(JSON.stringify({ ms, peakBytes: process.resourceUsage().maxRSS * 1024 }));
}

async function step(): Promise<void> {
  const loss = tf.tidy(
    () =>
      optimizer.minimize(
        () =>
          tf.losses.softmaxCrossEntropy(
            labels,
            model.apply(patches, { training: true }) as tf.Tensor,
          ) as tf.Scalar,
        true,
      )!,
  );
  await loss.data();
  loss.dispose();
}
