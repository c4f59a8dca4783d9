/** Who races: engines of this project, and what others compute the same steps with. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { diagnose } from '../src/engine/doctor.js';
import type { EngineName } from '../src/engine/engine.js';
import type { Facts } from './machine.js';
import { engineRacer, programRacer, type Racer } from './racer.js';
import { benchGan } from './workloads.js';

export const peerNames = ['torch', 'torch.compile', 'jax', 'stock-tfjs'] as const;

export type PeerName = (typeof peerNames)[number];

/** One that takes part, or why it cannot. */
export type Contestant =
  | { readonly name: string; readonly racer: Racer; readonly facts: Facts }
  | { readonly name: string; readonly refused: string };

/** Engines that load, and why others do not. */
export async function engineContestants(names: readonly EngineName[]): Promise<Contestant[]> {
  const { engines } = await diagnose();
  return names.map((name): Contestant => {
    const { loads, why } = engines.find((engine) => engine.name === name)!;
    if (!loads) return { name, refused: why };
    return { name, racer: engineRacer(name), facts: { library: why } };
  });
}

/**
 * @param python the command of a Python
 * @returns the peer, or why it cannot race: no such Python, no such package, no compiler
 */
export function peerContestant(name: PeerName, python: string): Contestant {
  const [command, args] = commandOf(name, python);
  const racer = programRacer(name, command, args);
  if (name === 'stock-tfjs')
    return { name, racer, facts: { library: 'TensorFlow.js, WebAssembly' } };
  // What it says of itself is one line of JSON, the last one.
  const { error, stdout, stderr, status } = spawnSync(command, [...args, '--describe'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (error !== undefined) return { name, refused: `${command}: ${error.message}` };
  if (status !== 0) {
    const last = stderr.trim().split('\n').at(-1) || `it ended with code ${status}`;
    return { name, refused: last };
  }
  return { name, racer, facts: JSON.parse(stdout.trim().split('\n').at(-1)!) as Facts };
}

function commandOf(name: PeerName, python: string): [command: string, args: string[]] {
  const file = (path: string): string => fileURLToPath(new URL(`./peers/${path}`, import.meta.url));
  const gan = ['--gan', JSON.stringify(benchGan)];
  switch (name) {
    case 'torch':
      return [python, [file('torch_steps.py'), ...gan]];
    case 'torch.compile':
      return [python, [file('torch_steps.py'), ...gan, '--compile']];
    case 'jax':
      return [python, [file('jax_steps.py'), ...gan]];
    case 'stock-tfjs':
      return [process.execPath, ['--import', 'tsx', file('tfjs-wasm.ts')]];
  }
}
