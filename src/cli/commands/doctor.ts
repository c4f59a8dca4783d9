import { diagnose } from '../../engine/doctor.js';
import { report } from '../output.js';

/** `mixgan doctor` */
export async function doctor(flags: { readonly json?: boolean }): Promise<void> {
  const diagnosis = await diagnose();
  report(flags.json, diagnosis, () => {
    const { auto, node, platform, cores, memoryBytes, engines } = diagnosis;
    const machine = `Node ${node} on ${platform}, ${cores} cores, ${(memoryBytes / 2 ** 30).toFixed(1)} GiB of memory`;
    const lines = engines.flatMap(({ name, loads, why, devices }) => [
      `${loads ? 'yes' : 'no '}  ${name}${devices.length > 0 ? `: ${devices.join(', ')}` : ''}`,
      `     ${why}`,
    ]);
    return [machine, '', ...lines, '', `auto picks ${auto}`].join('\n');
  });
}
