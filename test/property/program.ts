/**
 * Random programs: straight lines of TensorFlow.js operations, and what is asked of them. A program is
 * kept as the TypeScript that it is printed as, so that what is printed is what was run.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor, StepFunction, StepTensors } from '../../src/compile/step.js';

/** `const NAME = CODE;` */
export interface Statement {
  readonly name: string;
  /** What it counts as in tables. */
  readonly op: string;
  /** An expression of `tf`, inputs, and the names of earlier statements. */
  readonly code: string;
}

/** A tensor that a program is given: an input of the step, or a variable with its first values. */
export interface Given {
  readonly name: string;
  readonly tensor: HostTensor;
}

/**
 * What is computed beside the results: nothing, the gradients of a sum of them, the gradients of the
 * squares of those gradients, or updates of variables.
 */
export type Kind = 'forward' | 'gradient' | 'second' | 'update';

export interface Program {
  readonly kind: Kind;
  readonly inputs: readonly Given[];
  /** Of updates alone. */
  readonly variables: readonly Given[];
  readonly statements: readonly Statement[];
  /** Names of statements. */
  readonly results: readonly string[];
  /** Results that the gradients are of: float32. */
  readonly targets: readonly string[];
  /** Inputs that gradients are taken by. */
  readonly by: readonly string[];
  /** An expression, of updates alone. */
  readonly optimizer: string;
}

/** A sum of all numbers of tensors, each with a weight of its own. */
export function project(tensors: readonly tf.Tensor[]): tf.Scalar {
  const sums = tensors.map((y) => {
    const weights = Array.from({ length: y.size }, (_, i) => Math.cos(1 + 2.4 * i));
    return tf.sum<tf.Scalar>(tf.mul(y, tf.tensor(weights, y.shape, 'float32')));
  });
  return sums.reduce((sum, next) => tf.add<tf.Scalar>(sum, next));
}

/** The body of the step, a function of `inputs`. */
function bodyOf({ kind, inputs, variables, statements, results, targets, by }: Program) {
  const lines = statements.map(({ name, code }) => `    const ${name} = ${code};`);
  const names = inputs.map(({ name }) => name);
  const forward = [
    `  const forward = ({ ${names.join(', ')} }) => {`,
    ...lines,
    `    return { ${results.join(', ')} };`,
    '  };',
    `  const loss = (inputs) => {`,
    `    const { ${targets.join(', ')} } = forward(inputs);`,
    `    return project([${targets.join(', ')}]);`,
    '  };',
  ];
  const cut = forward.slice(0, targets.length === 0 ? lines.length + 3 : undefined);
  const args = by.join(', ');
  const gradients = `tf.grads((${args}) => loss({ ...inputs, ${args} }))`;
  switch (kind) {
    case 'forward':
      return [...cut, '  return forward(inputs);'];
    case 'gradient':
      return [
        ...cut,
        `  const gradients = ${gradients}([${by.map((name) => `inputs.${name}`).join(', ')}]);`,
        `  return { ...forward(inputs), ...named('gradient', gradients) };`,
      ];
    case 'second':
      return [
        ...cut,
        `  const size = (${args}) => project(`,
        `    tf.grads((${args}) => loss({ ...inputs, ${args} }))([${args}]).map((g) => tf.square(g)),`,
        '  );',
        `  return named('second', tf.grads(size)([${by.map((name) => `inputs.${name}`).join(', ')}]));`,
      ];
    case 'update': {
      const trained = variables.map(({ name }) => name).join(', ');
      return [
        ...cut,
        `  const value = optimizer.minimize(() => loss(inputs), true, [${trained}]);`,
        '  return { value };',
      ];
    }
  }
}

const named = (prefix: string, tensors: readonly tf.Tensor[]): StepTensors =>
  Object.fromEntries(tensors.map((tensor, i) => [`${prefix}${i}`, tensor]));

/** The step, and the variables that it works on, made on the current backend. */
export function build(program: Program): {
  step: StepFunction;
  variables: readonly tf.Variable[];
  dispose(): void;
} {
  const variables = program.variables.map(({ tensor }) =>
    tf.tidy(() => tf.variable(tf.tensor(tensor.values.slice(), [...tensor.shape], tensor.dtype))),
  );
  const optimizer =
    program.kind === 'update'
      ? (new Function('tf', `return ${program.optimizer};`)(tf) as tf.Optimizer)
      : undefined;
  const names = program.variables.map(({ name }) => name);
  const step = new Function(
    ...['tf', 'project', 'named', 'optimizer', ...names, 'inputs'],
    bodyOf(program).join('\n'),
  ).bind(undefined, tf, project, named, optimizer, ...variables) as StepFunction;
  return {
    step,
    variables,
    dispose() {
      for (const variable of variables) variable.dispose();
      optimizer?.dispose();
    },
  };
}

const numberText = (number: number): string => (Object.is(number, -0) ? '-0' : `${number}`);

const tensorText = ({ dtype, shape, values }: HostTensor): string => {
  const list = Array.from(values, numberText).join(', ');
  return dtype === 'float32'
    ? `float32([${shape.join(', ')}], Float32Array.of(${list}))`
    : `int32([${shape.join(', ')}], Int32Array.of(${list}))`;
};

/** TypeScript that runs the program, as it stands and compiled. */
export function print(program: Program): string {
  const plain = ({ values, shape, dtype }: HostTensor): string =>
    `tf.variable(tf.tensor([${Array.from(values, numberText).join(', ')}], [${shape.join(', ')}], '${dtype}'))`;
  const body = bodyOf(program).map((line) =>
    line.replace('({ ', '({ ').replace(' }) =>', ' }: StepTensors) =>'),
  );
  return [
    ...program.variables.map(({ name, tensor }) => `const ${name} = ${plain(tensor)};`),
    ...(program.kind === 'update' ? [`const optimizer = ${program.optimizer};`] : []),
    'const step = (inputs: StepTensors): StepTensors => {',
    ...body,
    '};',
    'const inputs = {',
    ...program.inputs.map(({ name, tensor }) => `  ${name}: ${tensorText(tensor)},`),
    '};',
  ].join('\n');
}
