/**
 * State on a device, such as a GPU: variables stay there between runs, and come back when somebody asks
 * for their values.
 *
 * To TensorFlow.js they are data of the `cpu` backend all the while, whose values are fetched when they
 * are first looked at. So clones, assignments, other backends and other engines take them as any other,
 * and what the device holds is freed with the last of them.
 */
import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { CompileError } from '../errors.js';
import type { ConstantValues } from '../graph/graph.js';
import type { DeviceValues } from '../runtime/runtime.js';
import { dataOf, hostState, renew, type StateArray, separate, typeOf } from './host.js';
import type { StateStore } from './store.js';

/** What a device is to the store: a place to bring values to, and to fetch them from. */
export interface Device {
  upload(values: ConstantValues, tensor: tf.Tensor): Promise<DeviceValues>;
  download(values: DeviceValues): Promise<ConstantValues>;
  /** As `download`, at once; absent where a device has to be waited for. */
  downloadNow?(values: DeviceValues): ConstantValues;
}

/** Values on a device that data of TensorFlow.js stands for. */
interface Held {
  readonly device: Device;
  readonly values: DeviceValues;
  /** The same in the memory of this process, once somebody asked for them. */
  host: StateArray | undefined;
  /** How much data stands for them. */
  users: number;
}

type Data = ReturnType<typeof dataOf>;

const held = new WeakMap<Data, Held>();

/** What is on the device is the data's values from now on. */
function hold(data: Data, values: Held): void {
  drop(data);
  values.users++;
  held.set(data, values);
  Object.defineProperty(data, 'values', {
    configurable: true,
    enumerable: true,
    get: () => (values.host ??= fetchNow(values)),
    set: (other: StateArray) => {
      drop(data);
      Object.defineProperty(data, 'values', { value: other, writable: true });
    },
  });
}

/** The data has other values from now on, or is no more. */
function drop(data: Data): void {
  const before = held.get(data);
  if (before === undefined) return;
  held.delete(data);
  before.users--;
  if (before.users === 0) before.values.dispose();
}

function fetchNow({ device, values }: Held): StateArray {
  if (device.downloadNow === undefined) {
    throw new CompileError(
      'the values of a variable are on the device that its step ran on: await its data() first',
    );
  }
  return device.downloadNow(values) as StateArray;
}

const watched = new WeakSet<MathBackendCPU>();

/** Has the `cpu` backend wait for what it is asked to read, and free what the device holds. */
function watchBackend(): void {
  const cpu = tf.findBackend('cpu') as MathBackendCPU;
  if (watched.has(cpu)) return;
  watched.add(cpu);
  const { read, disposeData } = cpu;
  const dataOfId = (dataId: object): Data | undefined =>
    cpu.data.has(dataId) ? cpu.data.get(dataId) : undefined;
  cpu.read = async (dataId) => {
    const data = dataOfId(dataId);
    const values = data && held.get(data);
    if (values !== undefined) {
      values.host ??= (await values.device.download(values.values)) as StateArray;
      return values.host;
    }
    return read.call(cpu, dataId);
  };
  cpu.disposeData = (dataId, force) => {
    const data = dataOfId(dataId);
    const isGone = disposeData.call(cpu, dataId, force);
    if (isGone && data !== undefined) drop(data);
    return isGone;
  };
}

/** The store of the runtimes of a device. */
export function deviceState(device: Device): StateStore<ConstantValues | DeviceValues> {
  const onDevice = (variable: tf.Tensor): Held | undefined => {
    const values = held.get(dataOf(variable));
    return values?.device === device ? values : undefined;
  };
  const bring = async (variable: tf.Tensor): Promise<void> => {
    if (variable.isDisposed || onDevice(variable) !== undefined) return;
    const host = hostState.read(variable);
    const values = await device.upload(host, variable);
    const data = variable.isDisposed ? undefined : dataOf(variable);
    if (data === undefined || held.has(data) || data.values !== host) values.dispose();
    else hold(data, { device, values, host, users: 0 });
  };
  return {
    async prepare(variables) {
      watchBackend();
      for (const variable of variables) await bring(variable);
    },

    read: (variable) =>
      (variable.isDisposed ? undefined : onDevice(variable)?.values) ?? hostState.read(variable),

    next(variable) {
      if (!variable.isDisposed && dataOf(variable).refCount > 1) {
        // An `assign` of a clone that has the same data would look like none at all.
        const values = held.get(dataOf(variable));
        if (values === undefined) hostState.next(variable);
        else hold(separated(variable), values);
      }
      return { variable, dataId: variable.dataId };
    },

    stamp: hostState.stamp,

    commit({ variable, dataId }, written) {
      if (ArrayBuffer.isView(written)) throw new Error('a step left its state off its device');
      const values = written as DeviceValues;
      if (variable.isDisposed || variable.dataId !== dataId) {
        values.dispose();
        return;
      }
      const data = dataOf(variable);
      renew(dataId);
      // A clone shares the old values and must keep them.
      hold(data.refCount > 1 ? separated(variable) : data, {
        ...{ device, values, host: undefined, users: 0 },
      });
    },

    pull: hostState.pull,

    release: hostState.release,
  };
}

/** Data of the variable's own, whose values are still to be told. */
function separated(variable: tf.Tensor): Data {
  separate(variable, new (typeOf(variable))(variable.size));
  return dataOf(variable);
}
