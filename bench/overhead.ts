/**
 * What a compiled step costs beyond onnxruntime's own run of the same graph: `npm run bench:overhead`.
 *
 * Small networks, where that is most of a call. Both take turns, so that the ups and downs of a shared
 * machine meet them alike.
 */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { quantile } from '../src/arrays.js';
import { compileStep } from '../src/compile/compile.js';
import { planStep } from '../src/compile/plan.js';
import { Prepared } from '../src/compile/prepared.js';
import { runsOf } from '../src/compile/runs.js';
import { modelOf } from '../src/compile/runtime/model.js';
import { loadOrt, settingsOf, tensorsFor } from '../src/compile/runtime/node/session.js';
import { hostState } from '../src/compile/state/host.js';
import { float32, type StepFunction } from '../src/compile/step.js';
import { targets } from '../src/compile/target.js';
import { RandomStream } from '../src/random.js';

const rounds = 400;
const callsPerRound = 10;

tf.enableProdMode();
await tf.setBackend('cpu');
const random = RandomStream.fromSeed(0);
const inputs = {
  x: float32([8, 16], random.normals(8 * 16)),
  y: float32([8, 4], random.normals(8 * 4)),
};

/** An update of a network with three layers, as any TensorFlow.js program would write it. */
function updateBy(optimizer: tf.Optimizer): StepFunction {
  const { dense } = tfl.layers;
  const model = tfl.sequential({
    layers: [
      dense({ units: 32, activation: 'relu', inputShape: [16] }),
      dense({ units: 32, activation: 'relu' }),
      dense({ units: 4 }),
    ],
  });
  return ({ x, y }) => {
    const loss = () =>
      tf.losses.meanSquaredError(y!, model.apply(x!, { training: true }) as tf.Tensor) as tf.Scalar;
    return { loss: optimizer.minimize(loss, true)! };
  };
}

/** onnxruntime's run of the step's graph, on tensors that are made once. */
async function bare(step: StepFunction): Promise<() => Promise<unknown>> {
  const plan = planStep(step, inputs, { ...targets.cores, splits: false });
  if ('part' in plan.graph) throw new Error('a plan without a split has parts');
  const model = modelOf(plan.graph);
  const session = await loadOrt().InferenceSession.create(model.bytes, settingsOf({ threads: 1 }));
  const { values, into } = runsOf(plan, new Prepared<never>(plan, hostState))(inputs, 0);
  const { feeds, fetches } = tensorsFor(model)(values, into);
  return () => session.run(feeds, fetches);
}

/** Microseconds a call. */
async function timed(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < callsPerRound; i++) await run();
  return (1000 * (performance.now() - start)) / callsPerRound;
}

const low = (list: readonly number[]): number =>
  quantile(
    [...list].sort((a, b) => a - b),
    0.02,
  );

console.log(
  '16-32-32-4, batch 8, one thread, microseconds a call, the best of 400 rounds in turns (2nd percentile)',
);
console.log(['optimiser'.padEnd(12), 'step', 'onnxruntime', 'beyond it'].join('  '));
for (const [name, make] of [
  ['SGD', () => tf.train.sgd(0.01)],
  ['Adam', () => tf.train.adam(0.01)],
] as const) {
  const compiled = compileStep(updateBy(make()), { threads: 1 });
  const step = () => compiled(inputs);
  const alone = await bare(updateBy(make()));
  const times = { step: [] as number[], alone: [] as number[] };
  for (let round = -5; round < rounds; round++) {
    const [a, b] = [await timed(step), await timed(alone)];
    if (round < 0) continue;
    times.step.push(a);
    times.alone.push(b);
  }
  const [whole, run] = [low(times.step), low(times.alone)];
  const numbers = [whole, run, whole - run].map((time) => time.toFixed(0).padStart(6));
  console.log([name.padEnd(12), ...numbers].join('  '));
}
process.exit(0);
