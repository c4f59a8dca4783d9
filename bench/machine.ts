/** What a race is run on, and with: figures mean nothing without it. */
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import packageJson from '../package.json' with { type: 'json' };
import { loadOrt } from '../src/compile/runtime/node/session.js';

/** Facts by their names, as a person reads them. */
export type Facts = Readonly<Record<string, string>>;

/** Vector instructions that libraries of linear algebra choose their kernels by, as Linux names them. */
const vectorInstructions =
  /^(avx|avx2|fma|f16c|avx512f|avx512bw|avx512vl|avx512_vnni|avx512_bf16|avx_vnni|amx_\w+|asimd|sve2?)$/;

export function machineFacts(): Facts {
  const load = loadavg()[0]!;
  const cores = availableParallelism();
  const busy = load > cores / 4 ? ', which is busy: times are not to be trusted' : '';
  return {
    CPU: cpus()[0]?.model.trim() ?? 'unknown',
    ...instructionFacts(),
    cores: `${cpus().length}, of which this process may use ${cores}: every contestant computes on as many threads`,
    'load average': `${load.toFixed(2)}${busy}`,
    Node: process.versions.node,
    mixgan: packageJson.version,
    onnxruntime: onnxruntimeVersion(),
  };
}

function instructionFacts(): Facts {
  try {
    const text = readFileSync('/proc/cpuinfo', 'utf8');
    const [, flags = ''] = /^(?:flags|Features)\s*:(.*)$/m.exec(text) ?? [];
    const known = flags.split(' ').filter((flag) => vectorInstructions.test(flag));
    return known.length === 0 ? {} : { 'vector instructions': known.join(' ') };
  } catch {
    // Only Linux has that file.
    return {};
  }
}

function onnxruntimeVersion(): string {
  try {
    return loadOrt().env.versions.node ?? 'of unknown version';
  } catch {
    return 'not installed';
  }
}
