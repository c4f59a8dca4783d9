/**
 * What rank 0 has read from files, to all, so that the others need not reach them.
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
  const description = await team.shared(() => {
    if (loaded === undefined) return undefined;
    const { variables: _, ...description } = loaded;
    return description;
  });
  if (description === undefined) return undefined;
  return { ...description, variables: await broadcastTensors(team, loaded?.variables) };
}

/** @param own of rank 0 */
export async function broadcastTensors(
  team: Team,
  own: ReadonlyMap<string, HostTensor> | undefined,
): Promise<ReadonlyMap<string, HostTensor>> {
  if (team.size === 1) return own!;
  const tensors = await team.shared(() =>
    Array.from(own!, ([name, { dtype, shape, values }]) => ({
      ...{ name, dtype, shape },
      length: values.length,
    })),
  );
  const all = new Map<string, HostTensor>();
  for (const { name, dtype, shape, length } of tensors) {
    const values = own?.get(name)?.values;
    const bytes = values && new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const received = (await team.broadcast(bytes)).slice();
    all.set(
      name,
      dtype === 'int32'
        ? { dtype, shape, values: new Int32Array(received.buffer, 0, length) }
        : { dtype, shape, values: new Float32Array(received.buffer, 0, length) },
    );
  }
  return all;
}
