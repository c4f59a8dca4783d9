/**
 * Races this project's `onnx` engine against what others compute the same steps with: PyTorch, eager
 * and through `torch.compile`, JAX, and TensorFlow through tfjs-node.
 *
 *     npm run bench:peers -- [--python python3] [--steps 11] [--workload NAME …] [--engine NAME …]
 *                            [--peer NAME …] [--json]
 *
 * `--python` is a Python that has the packages of `bench/peers/requirements.txt`. `--workload`,
 * `--engine` and `--peer` may each be given several times. `--peer stock-tfjs` is TensorFlow.js on
 * WebAssembly as it comes; it takes a minute for a step, and knows `--workload classifier-step` alone.
 *
 * Prints what the machine and the contestants are, who cannot take part and why, and a line for each
 * workload and contestant: milliseconds, and how many times the first engine's time that is (more than
 * 1 is slower than it). `its products alone` are those of the `onnx` engine's step.
 */
import { parseArgs } from 'node:util';
import { type EngineName, engineNames } from '../src/engine/engine.js';
import { messageOf } from '../src/errors.js';
import { table } from '../src/text.js';
import { engineContestants, type PeerName, peerContestant, peerNames } from './contestants.js';
import { machineFacts } from './machine.js';
import { type WorkloadName, workloadNames } from './names.js';
import { memory, type RaceResult, race, timings } from './race.js';
import { productsRacer } from './racer.js';

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    steps: { type: 'string', default: '11' },
    workload: { type: 'string', multiple: true, default: [...workloadNames] },
    engine: { type: 'string', multiple: true, default: ['onnx', 'tensorflow'] },
    peer: { type: 'string', multiple: true, default: ['torch', 'torch.compile', 'jax'] },
    json: { type: 'boolean', default: false },
  },
});

function refuseUnknown(flag: string, given: readonly string[], known: readonly string[]): void {
  for (const name of given) {
    if (known.includes(name)) continue;
    console.error(`--${flag}: there is no '${name}'; choose of ${known.join(', ')}`);
    process.exit(2);
  }
}
refuseUnknown('workload', values.workload, workloadNames);
refuseUnknown('engine', values.engine, engineNames);
refuseUnknown('peer', values.peer, peerNames);
const steps = Number(values.steps);
if (!Number.isInteger(steps) || steps < 1) {
  console.error(`--steps: give a whole number, 1 or more, not '${values.steps}'`);
  process.exit(2);
}

const machine = machineFacts();
const contestants = [
  ...(await engineContestants(values.engine as EngineName[])),
  ...(values.peer as PeerName[]).map((name) => peerContestant(name, values.python)),
];
const racing = contestants.flatMap((one) => ('racer' in one ? [one] : []));
const absent: { name: string; workload?: WorkloadName; why: string }[] = contestants.flatMap(
  (one) => ('refused' in one ? [{ name: one.name, why: one.refused }] : []),
);
const described = {
  machine,
  ...Object.fromEntries(racing.map(({ name, facts }) => [name, facts])),
};
const tell = values.json ? console.error : console.log;
for (const [name, facts] of Object.entries(described)) {
  tell([name, ...Object.entries(facts).map(([fact, what]) => `  ${fact}: ${what}`)].join('\n'));
}
for (const { name, why } of absent) tell(`${name} does not take part: ${why}`);

const racers = racing.map(({ racer }) => racer);
const ruler = racing.some(({ name }) => name === 'onnx') ? productsRacer() : undefined;
const results: RaceResult[] = [];
for (const workload of values.workload as WorkloadName[]) {
  process.stderr.write(`${workload}\n`);
  const failed = ({ name }: { readonly name: string }, error: unknown): void => {
    const why = messageOf(error);
    absent.push({ name, workload, why });
    tell(`${name} does not take part in ${workload}: ${why}`);
  };
  const raced = await race(workload, { racers, ruler, steps, failed });
  results.push(...raced);
  // At once: who ends a long race early has what there is.
  for (const line of raced.flatMap(lines)) process.stderr.write(`  ${line.slice(1).join('  ')}\n`);
}
for (const racer of [...racers, ruler]) racer?.stop();

/** A line for each contestant, and one for the products, after the step that they are of. */
function lines(row: RaceResult): string[][] {
  const ours = results.find(
    ({ workload, engine }) => workload === row.workload && engine === racers[0]?.name,
  );
  const times = (ms: number): string =>
    ours === undefined ? '-' : (ms / ours.msPerStep).toFixed(2);
  const line = [row.workload, row.engine, ...timings(row), times(row.msPerStep), memory(row)];
  if (row.productsMs === null) return [line];
  const alone = [row.productsMs.toFixed(2), '-', '-', times(row.productsMs), '-'];
  return [line, [row.workload, 'its products alone', ...alone]];
}

const columns = ['workload', 'who', 'ms/step', 'min', 'max', `÷ ${racers[0]?.name}`, 'memory'];
if (values.json) console.log(JSON.stringify({ described, absent, results }, null, 2));
else console.log(table(columns, results.flatMap(lines)));
