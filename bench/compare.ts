/**
 * Races the engines of this project against PyTorch, where a Python with PyTorch is at hand:
 *
 *     npm run bench:peers -- [--python python3] [--steps 10] [--workload NAME …] [--engine NAME …]
 *                            [--compile] [--stock]
 *
 * --compile adds torch.compile; --stock, for `--workload classifier-step` alone, adds stock
 * TensorFlow.js on WebAssembly.
 *
 * Prints one line for each workload and engine: milliseconds, and how many times faster than
 * PyTorch (more than 1 is faster).
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { EngineName } from '../src/engine/engine.js';
import { table } from '../src/text.js';
import { type WorkloadName, workloadNames } from './names.js';
import { memory, type RaceResult, race, timings } from './race.js';
import { engineRacer, openRuler, programRacer } from './racer.js';
import { benchGan } from './workloads.js';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    steps: { type: 'string', default: '10' },
    workload: { type: 'string', multiple: true, default: [...workloadNames] },
    engine: { type: 'string', multiple: true, default: ['onnx'] },
    compile: { type: 'boolean', default: false },
    stock: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

const peer = (file: string): string => fileURLToPath(new URL(`./peers/${file}`, import.meta.url));
const torch = [peer('pytorch.py'), '--gan', JSON.stringify(benchGan)];
const stockWasm = ['--import', 'tsx', peer('tfjs-wasm.ts')];
const racers = [
  programRacer('PyTorch eager', values.python, torch),
  ...(values.compile
    ? [programRacer('torch.compile', values.python, [...torch, '--compile'])]
    : []),
  ...(values.stock ? [programRacer('stock tfjs wasm', process.execPath, stockWasm)] : []),
];
for (const engine of values.engine) racers.push(engineRacer(engine as EngineName));

const ruler = await openRuler();

const results: (RaceResult & { timesFaster: number })[] = [];
for (const workload of values.workload as WorkloadName[]) {
  process.stderr.write(`${workload}\n`);
  const [peer, ...others] = await race(workload, racers, ruler, Number(values.steps));
  for (const result of [peer!, ...others]) {
    results.push({ ...result, timesFaster: peer!.msPerStep / result.msPerStep });
  }
}
for (const process of [...racers, ruler]) process.stop();

const text = table(
  ['workload', 'engine', 'ms/step', 'min', 'max', 'times faster', 'memory'],
  results.map((row) => [
    row.workload,
    row.engine,
    ...timings(row),
    row.timesFaster.toFixed(2),
    memory(row),
  ]),
);
console.log(values.json ? JSON.stringify(results, null, 2) : text);
