/**
 * The eager engine: runs a step as it stands, one kernel after another, on a TensorFlow.js backend.
 *
 * TensorFlow.js has one current backend per process, and anybody may change it. Before every run
 * the engine makes its own backend current again, so two engines can be open side by side;
 * variables move to the backend that uses them. Runs of all engines are taken in turn: a call made
 * while another is under way waits for it.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor, StepFunction, StepInput, StepTensors } from '../compile/step.js';
import { copyInputs, outputsOf } from '../compile/tensors.js';
import { inTurn } from '../compile/turns.js';
import { EngineError, messageOf } from '../errors.js';
import { asEngineStep, type Engine, type EngineName } from './engine.js';

type StepInputs = Readonly<Record<string, StepInput>>;

/**
 * An engine that runs its steps on the TensorFlow.js backend `backendName`, already registered.
 *
 * Values are copied on the way in and on the way out: the caller may reuse its buffers as soon as
 * a call returns its promise, and nothing it does to an output reaches a variable. A step that
 * throws leaves no tensor behind and rejects with what it threw.
 */
export function eagerEngine(
  name: EngineName,
  devices: readonly string[],
  backendName: string,
): Engine {
  return {
    name,
    devices,
    compiles: false,
    compile(step) {
      const run = async (inputs: StepInputs) => {
        const copies = copyInputs(inputs);
        return inTurn(async () => {
          await useBackend(backendName);
          return runStep(step, copies);
        });
      };
      return asEngineStep(run, () => Promise.resolve());
    },
  };
}

/**
 * Makes `backendName` the current TensorFlow.js backend.
 * @throws EngineError if it is not registered or does not start
 */
export async function useBackend(backendName: string): Promise<void> {
  if (tf.getBackend() === backendName) return;
  let started: boolean;
  try {
    started = await tf.setBackend(backendName);
  } catch (error) {
    throw new EngineError(
      `TensorFlow.js has no backend '${backendName}' any more: ${messageOf(error)}`,
      { cause: error },
    );
  }
  if (!started) throw new EngineError(`TensorFlow.js could not start its backend '${backendName}'`);
}

async function runStep(
  step: StepFunction,
  inputs: StepInputs,
): Promise<Record<string, HostTensor>> {
  let outputs: StepTensors;
  try {
    // Handles of the engine's own: disposing of them spares a variable, or a tensor from outside, that
    // the step handed out as an output.
    outputs = tf.tidy(() =>
      mapEntries(outputsOf(step(upload(inputs))), (output) => tf.clone(output)),
    );
  } catch (error) {
    disposeAbandonedTape();
    throw error;
  }
  try {
    const names = Object.keys(outputs);
    const values = await Promise.all(names.map((name) => download(outputs[name]!)));
    return Object.fromEntries(names.map((name, i) => [name, values[i]!]));
  } finally {
    tf.dispose(outputs);
  }
}

function upload(inputs: StepInputs): StepTensors {
  return mapEntries(inputs, ({ dtype, shape, values }) =>
    tf.tensor(values, [...shape], dtype === 'uint8' ? 'int32' : dtype),
  );
}

/**
 * Frees what a gradient computation that threw half-way had kept for its backward pass: it is out
 * of reach of `tidy`, and TensorFlow.js forgets it.
 */
function disposeAbandonedTape(): void {
  const { state } = tf.engine();
  if (state.gradientDepth > 0) return;
  for (const { saved } of state.activeTape ?? []) tf.dispose(saved ?? []);
  state.activeTape = [];
}

async function download(tensor: tf.Tensor): Promise<HostTensor> {
  // Some backends answer with the very array that backs the tensor, hence the copy.
  const values = (await tensor.data()).slice();
  return { dtype: tensor.dtype, shape: tensor.shape.slice(), values } as HostTensor;
}

function mapEntries<A, B>(
  record: Readonly<Record<string, A>>,
  map: (value: A, name: string) => B,
): Record<string, B> {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [name, map(value, name)]),
  );
}
