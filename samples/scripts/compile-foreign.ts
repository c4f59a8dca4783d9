/** A TensorFlow.js training step that knows nothing of this package, compiled. Argument: steps. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import * as tfl from '@tensorflow/tfjs-layers';
import { compile, float32 } from 'mixgan/compile';

const steps = Number(process.argv[2] ?? 500);
const model = tfl.sequential();
model.add(tfl.layers.dense({ units: 32, activation: 'tanh', inputShape: [1] }));
model.add(tfl.layers.dense({ units: 32, activation: 'tanh' }));
model.add(tfl.layers.dense({ units: 1 }));
const optimizer = tf.train.adam(0.01);

const step = compile(({ x, y }) => {
  const predict = () => model.apply(x!, { training: true }) as tf.Tensor;
  const loss = optimizer.minimize(() => tf.losses.meanSquaredError(y!, predict()), true)!;
  return { loss };
});

const x = Float32Array.from({ length: 256 }, (_, i) => i / 32 - 4);
const data = { x: float32([256, 1], x), y: float32([256, 1], x.map(Math.sin)) };
const start = performance.now();
for (let i = 1; i <= steps; i++) {
  const { loss } = await step(data);
  if (i === 1 || i === steps) console.log(`step ${i}: loss ${loss!.values[0]!.toFixed(5)}`);
}
console.log(`${((performance.now() - start) / steps).toFixed(2)} ms a step, compiling included`);
await step.dispose();
