/** Running a program: as it stands, compiled, and in double precision. */
import * as tf from '@tensorflow/tfjs-core';
import { compileStep } from '../../src/compile/compile.js';
import type { HostTensor, RunnableStep } from '../../src/compile/step.js';
import type { RandomStream } from '../../src/random.js';
import { compileInParts, cpuEngine, type HostTensors } from '../support/compiled.js';
import { inDouble, numbersOf } from './double.js';
import { build, type Program } from './program.js';

/** What came out: the step's outputs, then the variables, by name. */
export type Outcome = Readonly<Record<string, Result>>;

export interface Result {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

export type How = 'eager' | 'compiled' | 'in parts';

/** Updates run twice: the second sees the state that the first one left. */
const callsOf = ({ kind }: Program): number => (kind === 'update' ? 2 : 1);

const compilers: Readonly<Record<How, (step: Parameters<typeof compileStep>[0]) => RunnableStep>> =
  {
    eager: (step) => cpuEngine().compile(step) as RunnableStep,
    compiled: (step) => compileStep(step, { threads: 1 }),
    'in parts': compileInParts,
  };

/** @throws what the program, or compiling it, throws */
export async function run(program: Program, how: How): Promise<Outcome> {
  // To change it takes long.
  if (tf.getBackend() !== 'cpu') await tf.setBackend('cpu');
  const { step, variables, dispose } = build(program);
  const compiled = compilers[how](step);
  try {
    const inputs: HostTensors = Object.fromEntries(
      program.inputs.map(({ name, tensor }) => [name, tensor]),
    );
    const outcome: Record<string, Result> = {};
    for (let call = 0; call < callsOf(program); call++) {
      for (const [name, tensor] of Object.entries(await compiled(inputs))) {
        outcome[call === 0 ? name : `${name} again`] = tensor;
      }
    }
    variables.forEach((variable, i) => {
      const values = variable.dataSync().slice() as Float32Array;
      const name = program.variables[i]!.name;
      outcome[`variable ${name}`] = { dtype: variable.dtype, shape: variable.shape, values };
    });
    return outcome;
  } finally {
    await compiled.dispose();
    dispose();
  }
}

/** In double precision; with noise where there is any. */
export function runInDouble(
  program: Program,
  noise?: { readonly random: RandomStream; readonly amplitude: number },
): Outcome {
  return inDouble(() => {
    const { step, variables, dispose } = build(program);
    const outcome: Record<string, Result> = {};
    const keep = (name: string, tensor: tf.Tensor) => {
      const values = Float64Array.from(numbersOf(tensor));
      outcome[name] = { dtype: tensor.dtype, shape: tensor.shape, values };
    };
    tf.engine().startScope('double');
    try {
      for (let call = 0; call < callsOf(program); call++) {
        const inputs = Object.fromEntries(
          program.inputs.map(({ name, tensor }) => [name, tensorOf(tensor)]),
        );
        for (const [name, tensor] of Object.entries(tf.tidy(() => step(inputs)))) {
          keep(call === 0 ? name : `${name} again`, tensor);
        }
      }
      variables.forEach((variable, i) => {
        keep(`variable ${program.variables[i]!.name}`, variable);
      });
      return outcome;
    } finally {
      tf.engine().endScope();
      dispose();
    }
  }, noise);
}

const tensorOf = ({ values, shape, dtype }: HostTensor): tf.Tensor =>
  tf.tensor(values.slice(), [...shape], dtype);
