/** Trains a classifier of digits, stops at Ctrl-C, and says how many it recognises. Argument: steps. */
import { loadDataset } from 'mixgan';
import { openClassifier, trainClassifier } from 'mixgan/classifier';

const steps = Number(process.argv[2] ?? 1000);
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());

const { outcome, checkpoint } = await trainClassifier({
  preset: 'digits-quick',
  config: { steps },
  signal: stop.signal,
  onStep(step, { loss }) {
    if (loss !== undefined && step % 100 === 0)
      console.log(`step ${step}: loss ${loss.toFixed(3)}`);
  },
});

const classifier = await openClassifier(checkpoint);
const { test } = await loadDataset('mnist');
const { accuracy } = await classifier.evaluate(test);
console.log(`${outcome}: ${(100 * accuracy).toFixed(2)}% of ${test.count} held-out digits`);
await classifier.export({ format: 'onnx', out: 'digits.onnx' });
