/**
 * Graphs run by onnxruntime's WebGPU, in Node and in pages. State stays on the GPU between runs; what
 * a step is given goes there, and what it returns comes back: a batch, and a few numbers.
 */
import type * as Ort from 'onnxruntime-web';
import type { ConstantValues, Graph, Value } from '../graph/graph.js';
import { encodeOnnx } from './encode.js';
import { modelOf } from './model.js';
import { naming } from './refusal.js';
import type { DeviceValues, Session } from './runtime.js';

/** onnxruntime, in Node or in a page. */
export type OrtOfDevice = Pick<typeof Ort, 'InferenceSession' | 'Tensor'>;

type Options = Ort.InferenceSession.SessionOptions;

/** How onnxruntime opens a graph for the GPU. */
export const deviceSettings = {
  executionProviders: ['webgpu'],
  enableMemPattern: false,
  // The passes have done that work.
  graphOptimizationLevel: 'disabled',
  // It warns of every node that it leaves to the processor.
  logSeverityLevel: 3,
} as const satisfies Options;

/** Refuses to open a graph of which a single node would be left to the processor. */
export const onDeviceAlone = {
  extra: { session: { disable_cpu_ep_fallback: '1' } },
} as const satisfies Options;

/**
 * @param options beside `deviceSettings`
 * @throws CompileError with what onnxruntime says
 */
export async function createDeviceSession(
  ort: OrtOfDevice,
  graph: Graph,
  options: Options = {},
): Promise<Session<DeviceValues>> {
  const model = modelOf(graph);
  const stays = graph.outputs.map(({ port }) => port.kind === 'state' || port.kind === 'prepared');
  const places = model.outputs.map(({ name }, i) => [name, stays[i] ? 'gpu-buffer' : 'cpu']);
  const session = await naming(
    'compile',
    ort.InferenceSession.create(model.bytes, {
      ...deviceSettings,
      ...options,
      preferredOutputLocation: Object.fromEntries(places) as Record<string, 'cpu' | 'gpu-buffer'>,
    }),
  );
  const { inputs, outputs } = model;
  return {
    async run(values) {
      const feeds = Object.fromEntries(
        inputs.map(({ name, dtype, shape }, i) => {
          const given = values[i]!;
          return [name, isHere(given) ? tensorOf(ort, dtype, shape, given) : tensorIn(given)];
        }),
      );
      const results = await naming('run', session.run(feeds));
      return outputs.map(({ name }, i) => {
        const result = results[name]!;
        return stays[i] ? (result as DeviceValues) : (result.data as ConstantValues);
      });
    },
    release: () => session.release(),
  };
}

const isHere = (values: ConstantValues | DeviceValues): values is ConstantValues =>
  ArrayBuffer.isView(values);

/** The tensor that values on a device are. */
export const tensorIn = (values: DeviceValues): Ort.Tensor => values as Ort.Tensor;

const tensorOf = (
  ort: OrtOfDevice,
  dtype: string,
  shape: readonly number[],
  values: ConstantValues,
): Ort.Tensor => new ort.Tensor(dtype as 'float32', values as Float32Array, shape);

/**
 * A model that hands on what it is given, of any lengths: tensors themselves cannot be asked for their
 * values in Node, where that ends the process, and in pages would be on the device no more.
 */
export function copying(dtype: Value['dtype'], rank: number): Uint8Array {
  const type = { dtype, shape: new Array<number>(rank).fill(1) };
  const x: Value = { id: 0, ...type };
  const outputs: Value[] = [];
  const node = { op: 'Identity', domain: '', inputs: [x], outputs, attributes: {} } as const;
  const y: Value = { id: 1, ...type, producer: node };
  outputs.push(y);
  const axes = Object.fromEntries(type.shape.map((_, axis) => [axis, `axis${axis}`]));
  return encodeOnnx(
    { inputs: [{ name: 'x', value: x }], outputs: [{ name: 'y', value: y }] },
    { name: 'copy', dynamicAxes: { x: axes, y: axes } },
  );
}

/** Ways in and out of the device by sessions that copy, one for each kind of tensor. */
export class Copies {
  readonly #ort: OrtOfDevice;
  readonly #sessions = new Map<string, Promise<Ort.InferenceSession>>();

  constructor(ort: OrtOfDevice) {
    this.#ort = ort;
  }

  async upload(
    values: ConstantValues,
    { dtype, shape }: { readonly dtype: string; readonly shape: readonly number[] },
  ): Promise<DeviceValues> {
    const x = tensorOf(this.#ort, dtype, shape, values);
    return this.#copy(x, 'gpu-buffer');
  }

  async download(values: DeviceValues): Promise<ConstantValues> {
    const copy = await this.#copy(tensorIn(values), 'cpu');
    return copy.data as ConstantValues;
  }

  async #copy(x: Ort.Tensor, to: 'cpu' | 'gpu-buffer'): Promise<Ort.Tensor> {
    const { type, dims } = x;
    const key = `${type} ${dims.length} ${to}`;
    let session = this.#sessions.get(key);
    if (session === undefined) {
      session = this.#ort.InferenceSession.create(copying(type as Value['dtype'], dims.length), {
        ...deviceSettings,
        preferredOutputLocation: to,
      });
      this.#sessions.set(key, session);
    }
    const { y } = await naming(
      'run',
      session.then((opened) => opened.run({ x })),
    );
    return y!;
  }
}
