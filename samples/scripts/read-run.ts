/** Reads what a run has written: its configuration, its numbers, its weights. Argument: the folder. */
import { readFile } from 'node:fs/promises';
import { loadCheckpoint, type MetricsRecord } from 'mixgan';

const run = process.argv[2] ?? 'runs/my-gan';
const config = JSON.parse(await readFile(`${run}/config.json`, 'utf8')) as { seed: number };
const lines = (await readFile(`${run}/metrics.jsonl`, 'utf8')).trimEnd().split('\n');
const records = lines.map((line) => JSON.parse(line) as MetricsRecord);
console.log(`seed ${config.seed}, ${records.length} lines of numbers`);
for (const [name, value] of Object.entries(records.at(-1) ?? {}))
  console.log(`  ${name}: ${value}`);

const { step, variables } = await loadCheckpoint(`${run}/checkpoint/latest.safetensors`);
const sizes = [...variables.values()].map(({ values }) => values.length);
const numbers = sizes.reduce((sum, size) => sum + size, 0);
console.log(`after step ${step}: ${sizes.length} tensors of ${numbers} numbers`);
