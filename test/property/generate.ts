/** Random programs. */
import * as tf from '@tensorflow/tfjs-core';
import type { RandomStream } from '../../src/random.js';
import { Draft, type Known } from './draft.js';
import { operations } from './operations.js';
import type { Given, Kind, Program } from './program.js';

const optimizers = [
  'tf.train.sgd(0.1)',
  'tf.train.momentum(0.05, 0.9)',
  'tf.train.momentum(0.05, 0.9, true)',
  'tf.train.adam(0.01)',
  'tf.train.adamax(0.01)',
  'tf.train.adagrad(0.1)',
  'tf.train.adadelta(0.5)',
  'tf.train.rmsprop(0.01, 0.9)',
  'tf.train.rmsprop(0.01, 0.9, 0.5, 1e-7, true)',
];

/** A program of 2 to 40 operations; the same for the same stream. */
export function generate(random: RandomStream): Program {
  tf.engine().startScope('generate');
  try {
    const draft = new Draft(random);
    const count = 2 + Math.floor(39 * random.uniform() ** 2);
    for (let tries = 0; draft.statements.length < count && tries < 10 * count; tries++) {
      draft.add(draw(random));
    }
    return finish(draft);
  } finally {
    tf.engine().endScope();
  }
}

function draw(random: RandomStream) {
  let at = random.integer(operations.reduce((sum, [share]) => sum + share, 0));
  for (const [share, list] of operations) {
    at -= share;
    if (at < 0) return list[random.integer(list.length)]!;
  }
  throw new Error('unreachable');
}

/** What is asked of it: what nothing reads, and some of the rest. */
function finish(draft: Draft): Program {
  const { statements, givens, known } = draft;
  const text = statements.map(({ code }) => code).join('\n');
  const made = known.filter(({ name }) => name.startsWith('v'));
  const isRead = ({ name }: Known) => new RegExp(`\\b${name}\\b`).test(text);
  const wanted = made.filter((value) => !isRead(value) || draft.chance(0.1));
  const results = wanted.map((value) => {
    if (value.dtype !== 'bool') return value.name;
    const name = `v${statements.length}`;
    statements.push({ name, op: 'to int', code: `tf.cast(${value}, 'int32')` });
    return name;
  });
  const targets = wanted.filter(
    ({ dtype, by, differentiable }) => dtype === 'float32' && by.size > 0 && differentiable,
  );
  const reached = [...new Set(targets.flatMap(({ by }) => [...by]))];
  const forward: Program = {
    ...{ kind: 'forward', inputs: givens, variables: [], statements, results },
    ...{ targets: [], by: [], optimizer: '' },
  };
  const kind = draft.one<Kind>([
    'forward',
    'gradient',
    'gradient',
    'gradient',
    'second',
    'update',
    'update',
  ]);
  if (reached.length === 0 || kind === 'forward') return forward;
  const names = targets.map(({ name }) => name);
  if (kind !== 'update') return { ...forward, kind, targets: names, by: reached };
  const isVariable = ({ name }: Given) => reached.includes(name) && draft.chance(0.6);
  const variables = givens.filter(isVariable);
  if (variables.length === 0) return { ...forward, kind: 'gradient', targets: names, by: reached };
  const inputs = givens.filter((given) => !variables.includes(given));
  return { ...forward, kind, inputs, variables, targets: names, optimizer: draft.one(optimizers) };
}
