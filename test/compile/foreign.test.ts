/**
 * Steps as programs have them that were written for TensorFlow.js alone: what they do beside a loss and
 * an optimiser. Each trains eagerly and compiled from the same weights, and comes to the same.
 */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { compileStep } from '../../src/compile/compile.js';
import { float32, type StepFunction, type StepTensors } from '../../src/compile/step.js';
import { RandomStream } from '../../src/random.js';
import {
  cpuEngine,
  expectSameTensors,
  type HostTensors,
  integers,
  normal,
  uniform,
} from '../support/compiled.js';

const { layers } = tfl;
const random = RandomStream.fromSeed(1);

/** What optimisers are declared to take; gradients by name is what they are given. */
type Applicable = Parameters<tf.AdamOptimizer['applyGradients']>[0];

/** A step, and the variables that it trains. */
interface Trainee {
  readonly step: StepFunction;
  readonly variables: readonly tf.Variable[];
}

/** Weights that are the same for every model of the same shapes. */
function seeded<Model extends tfl.LayersModel>(model: Model): Model {
  const stream = random.split('weights');
  model.setWeights(
    model.getWeights().map((weight) => {
      const { values } = normal(stream, weight.shape);
      return tf.tensor(
        values.map((value) => value / 3),
        weight.shape,
      );
    }),
  );
  return model;
}

const mlp = (inputs: number, outputs: number, last?: 'tanh' | 'sigmoid'): tfl.Sequential =>
  seeded(
    tfl.sequential({
      layers: [
        layers.dense({ units: 8, activation: 'relu', inputShape: [inputs] }),
        layers.dense({ units: outputs, ...(last === undefined ? {} : { activation: last }) }),
      ],
    }),
  );

const weightsOf = (...models: tfl.LayersModel[]): tf.Variable[] =>
  models.flatMap(({ weights }) => weights.map((weight) => weight.read() as tf.Variable));

async function train(
  { step, variables }: Trainee,
  compile: (step: StepFunction) => ReturnType<typeof compileStep>,
  inputs: HostTensors,
) {
  const run = compile(step);
  const outputs: HostTensors[] = [];
  for (let i = 0; i < 3; i++) outputs.push(await run(inputs));
  await run.dispose();
  const values = variables.map((variable, i) => [
    `variable ${i}`,
    float32(variable.shape, variable.dataSync<'float32'>().slice()),
  ]);
  return { outputs, variables: Object.fromEntries(values) as HostTensors };
}

/** Asserts that three calls give the same outputs and leave the same variables. */
async function expectSameTraining(make: () => Trainee, inputs: HostTensors): Promise<void> {
  const eager = await train(
    make(),
    cpuEngine().compile as (step: StepFunction) => ReturnType<typeof compileStep>,
    inputs,
  );
  const compiled = await train(make(), compileStep, inputs);
  eager.outputs.forEach((expected, i) => {
    expectSameTensors(compiled.outputs[i]!, expected, 1e-4, 1e-3);
  });
  expectSameTensors(compiled.variables, eager.variables, 1e-3, 1e-2);
}

describe('reinforcement learning', () => {
  it('learns Q from a frozen target network, which predicts inside of the loss', async () => {
    const make = (): Trainee => {
      const [online, target] = [mlp(4, 3), mlp(4, 3)];
      target.trainable = false;
      const optimizer = tf.train.adam(1e-2, 0.9, 0.999, 1e-3);
      const step = ({ state, action, reward, next, done }: StepTensors) => {
        const { value, grads } = tf.variableGrads(() => {
          const all = online.apply(state!, { training: true }) as tf.Tensor;
          const taken = tf.sum(tf.mul(all, tf.oneHot(action as tf.Tensor1D, 3)), -1);
          const best = tf.max(target.predict(next!) as tf.Tensor, -1);
          const wanted = tf.add(reward!, tf.mul(tf.mul(best, tf.sub(1, done!)), 0.99));
          return tf.losses.meanSquaredError(wanted, taken) as tf.Scalar;
        });
        optimizer.applyGradients(grads as unknown as Applicable);
        return { value };
      };
      return { step, variables: weightsOf(online, target) };
    };
    const stream = random.split('q');
    await expectSameTraining(make, {
      state: normal(stream, [6, 4]),
      action: integers(stream, [6], 0, 2),
      reward: normal(stream, [6]),
      next: normal(stream, [6, 4]),
      done: float32([6], Float32Array.of(0, 0, 1, 0, 1, 0)),
    });
  });

  it('moves target networks by setWeights', async () => {
    const make = (): Trainee => {
      const [main, target] = [mlp(3, 2), mlp(3, 2)];
      const step = ({ share }: StepTensors) => {
        const mixed = main.getWeights().map((weight, i) => {
          const old = target.getWeights()[i]!;
          return tf.add(tf.mul(weight, share!), tf.mul(old, tf.sub(1, share!)));
        });
        target.setWeights(mixed.map((weight) => tf.mul(weight, 0.5)));
        return {};
      };
      return { step, variables: weightsOf(main, target) };
    };
    await expectSameTraining(make, { share: float32([], Float32Array.of(0.1)) });
  });

  it('clips the surrogate of a policy', async () => {
    const make = (): Trainee => {
      const policy = mlp(4, 2, 'tanh');
      const optimizer = tf.train.adam(1e-2, 0.9, 0.999, 1e-3);
      const spread = tf.fill([2], -0.5);
      const step = ({ state, action, before, advantage }: StepTensors) => {
        const { value, grads } = tf.variableGrads(() => {
          const mean = policy.apply(state!) as tf.Tensor;
          const off = tf.div(tf.sub(action!, mean), tf.exp(spread));
          const terms = tf.add(tf.add(tf.square(off), tf.mul(spread, 2)), Math.log(2 * Math.PI));
          const ratio = tf.exp(tf.sub(tf.mul(tf.sum(terms, 1), -0.5), before!));
          const clipped = tf.clipByValue(ratio, 0.8, 1.2);
          const gain = tf.minimum(tf.mul(ratio, advantage!), tf.mul(clipped, advantage!));
          return tf.neg(tf.mean(gain)) as tf.Scalar;
        });
        optimizer.applyGradients(grads as unknown as Applicable);
        return { value };
      };
      return { step, variables: weightsOf(policy) };
    };
    const stream = random.split('policy');
    await expectSameTraining(make, {
      state: normal(stream, [8, 4]),
      action: normal(stream, [8, 2]),
      before: uniform(stream, [8], -3, -2),
      advantage: normal(stream, [8]),
    });
  });
});

describe('adversaries', () => {
  it('take turns in one step, with `trainable` switched on and off', async () => {
    const make = (): Trainee => {
      const [generator, discriminator] = [mlp(3, 5), mlp(5, 1, 'sigmoid')];
      const [ours, theirs] = [tf.train.sgd(0.1), tf.train.sgd(0.1)];
      const trained = (model: tfl.LayersModel): tf.Variable[] =>
        model.trainableWeights.map((weight) => weight.read() as tf.Variable);
      const score = (x: tf.Tensor) => discriminator.predict(x) as tf.Tensor;
      const step = ({ real, noise }: StepTensors) => {
        discriminator.trainable = true;
        const fake = generator.predict(noise!) as tf.Tensor;
        const d = theirs.minimize(
          () => {
            const wins = tf.add(tf.log(score(real!)), tf.log(tf.sub(1, score(fake))));
            return tf.neg(tf.mean(wins)) as tf.Scalar;
          },
          true,
          trained(discriminator),
        )!;
        discriminator.trainable = false;
        const g = ours.minimize(
          () => {
            const faked = score(generator.predict(noise!) as tf.Tensor);
            return tf.mean(tf.log(tf.sub(1, faked))) as tf.Scalar;
          },
          true,
          trained(generator),
        )!;
        return { d, g };
      };
      return { step, variables: weightsOf(generator, discriminator) };
    };
    const stream = random.split('adversaries');
    await expectSameTraining(make, {
      real: normal(stream, [6, 5]),
      noise: normal(stream, [6, 3]),
    });
  });
});

describe('an optimiser of its own', () => {
  /** Adam whose weights decay beside it, of gradients with a norm of 1 at most. */
  class ClippedAdam extends tf.AdamOptimizer {
    override applyGradients(gradients: Applicable): void {
      const all = Object.entries(gradients as unknown as tf.NamedTensorMap);
      const squares = all.map(([, gradient]) => tf.sum(tf.square(gradient)));
      const norm = tf.sqrt(tf.sum(tf.stack(squares)));
      const share = tf.minimum(tf.div(1, norm), 1);
      for (const [name] of all) {
        const variable = tf.engine().registeredVariables[name]!;
        variable.assign(tf.mul(variable, 1 - 0.01));
      }
      const clipped = all.map(([name, gradient]) => [name, tf.mul(gradient, share)]);
      super.applyGradients(Object.fromEntries(clipped) as unknown as Applicable);
    }
  }

  it('assigns variables before it applies gradients, and the loss may be kept', async () => {
    const make = (): Trainee => {
      const model = mlp(4, 3);
      const optimizer = new ClippedAdam(1e-2, 0.9, 0.999, 1e-3);
      const step = ({ x, y }: StepTensors) => {
        let loss: tf.Tensor | undefined;
        tf.tidy(() => {
          const { grads } = tf.variableGrads(() => {
            const logits = model.apply(x!) as tf.Tensor;
            loss = tf.keep(tf.losses.softmaxCrossEntropy(y!, logits));
            return loss as tf.Scalar;
          });
          optimizer.applyGradients(grads as unknown as Applicable);
        });
        return { loss: loss! };
      };
      return { step, variables: weightsOf(model) };
    };
    const stream = random.split('clipped');
    await expectSameTraining(make, { x: normal(stream, [5, 4]), y: uniform(stream, [5, 3], 0, 1) });
  });
});

describe('a layer of its own', () => {
  /** Attention to what was before. */
  class Causal extends layers.Layer {
    static className = 'Causal';
    readonly #mask = tf.sub(1, tf.linalg.bandPart(tf.ones([5, 5]), -1, 0));
    override call(given: tf.Tensor | tf.Tensor[]): tf.Tensor {
      const x = Array.isArray(given) ? given[0]! : given;
      const [q, k, v] = tf.split(x, 3, -1) as [tf.Tensor, tf.Tensor, tf.Tensor];
      const scores = tf.div(tf.matMul(q, k, false, true), Math.sqrt(q.shape.at(-1)!));
      const seen = tf.softmax(tf.add(scores, tf.mul(this.#mask, -1e9)));
      return tf.matMul(seen, v);
    }
    override computeOutputShape(shape: tfl.Shape | tfl.Shape[]): tfl.Shape {
      const [batch, length, channels] = shape as [number, number, number];
      return [batch, length, channels / 3];
    }
  }

  it('looks up tokens and attends to those before', async () => {
    const make = (): Trainee => {
      const model = seeded(
        tfl.sequential({
          layers: [
            layers.embedding({ inputDim: 7, outputDim: 6, inputLength: 5 }),
            layers.dense({ units: 18 }),
            new Causal(),
            layers.dense({ units: 7 }),
          ],
        }),
      );
      const optimizer = tf.train.momentum(0.1, 0.9);
      const step = ({ tokens, next }: StepTensors) => {
        const loss = optimizer.minimize(() => {
          const logits = model.apply(tokens!, { training: true }) as tf.Tensor;
          return tf.losses.softmaxCrossEntropy(tf.oneHot(next!, 7), logits) as tf.Scalar;
        }, true)!;
        const last = tf.squeeze(
          tf.slice(model.apply(tokens!) as tf.Tensor, [0, 4, 0], [-1, 1, -1]),
        );
        return { loss, guess: tf.argMax(last, -1) };
      };
      return { step, variables: weightsOf(model) };
    };
    const stream = random.split('tokens');
    await expectSameTraining(make, {
      tokens: integers(stream, [3, 5], 0, 6),
      next: integers(stream, [3, 5], 0, 6),
    });
  });
});

it('a step that reads what it drew is refused by the line that reads', async () => {
  const model = mlp(4, 1);
  const act: StepFunction = ({ state }) => {
    const chance = tf.sigmoid(model.predict(state!) as tf.Tensor);
    const action = tf.multinomial(tf.concat([chance, tf.sub(1, chance)], 1) as tf.Tensor2D, 1);
    const taken = action.dataSync()[0]!;
    return { loss: tf.mul(chance, taken) };
  };
  const state = normal(random.split('state'), [1, 4]);
  await expect(compileStep(act)({ state })).rejects.toThrow(/read.*called at .*foreign\.test\.ts/);
});
