import type { Diagnosis } from '../../engine/doctor.js';
import type { Definition } from '../definition.js';
import { jsonFlag } from '../options.js';
import { print } from '../output.js';

/** `mixgan doctor` */
export const doctorDefinition: Definition = {
  flags: jsonFlag,
  act: async (_args, { json }) => {
    const { diagnose } = await import('../../engine/doctor.js');
    const diagnosis = await diagnose();
    print(json, { document: diagnosis, text: () => describe(diagnosis) });
  },
};

function describe(diagnosis: Diagnosis): string {
  const { auto, rivals, node, platform, cores, memoryBytes, engines } = diagnosis;
  const machine = `Node ${node} on ${platform}, ${cores} cores, ${(memoryBytes / 2 ** 30).toFixed(1)} GiB of memory`;
  const lines = engines.flatMap(({ name, loads, why, devices }) => [
    `${loads ? 'yes' : 'no '}  ${name}${devices.length > 0 ? `: ${devices.join(', ')}` : ''}`,
    `     ${why}`,
  ]);
  const or = rivals.map((name) => ` or ${name}`).join('');
  const how = or === '' ? '' : ', whichever takes less time for the first step of a training';
  return [machine, '', ...lines, '', `auto picks ${auto}${or}${how}`].join('\n');
}
