/**
 * A checkpoint from rank 0 to all, so that the others need not reach the run's folder.
 */
import type { HostTensor } from '../compile/step.js';
import type { LoadedCheckpoint } from './checkpoint-format.js';
import type { Team } from './team.js';

/** @param loaded of rank 0; undefined where there is none */
export async function broadcastCheckpoint(
  team: Team,
  loaded: LoadedCheckpoint | undefined,
): Promise<LoadedCheckpoint | undefined> {
  if (team.size === 1) return loaded;
  const about = await team.shared(() => {
    if (loaded === undefined) return undefined;
    const { variables, ...description } = loaded;
    const tensors = Array.from(variables, ([name, { dtype, shape, values }]) => ({
      ...{ name, dtype, shape },
      length: values.length,
    }));
    return { description, tensors };
  });
  if (about === undefined) return undefined;
  const variables = new Map<string, HostTensor>();
  for (const { name, dtype, shape, length } of about.tensors) {
    const own = loaded?.variables.get(name)?.values;
    const bytes = own && new Uint8Array(own.buffer, own.byteOffset, own.byteLength);
    const received = (await team.broadcast(bytes)).slice();
    variables.set(
      name,
      dtype === 'int32'
        ? { dtype, shape, values: new Int32Array(received.buffer, 0, length) }
        : { dtype, shape, values: new Float32Array(received.buffer, 0, length) },
    );
  }
  return { ...about.description, variables };
}
