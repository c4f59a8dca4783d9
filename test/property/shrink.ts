/** Making a program that fails smaller, as long as it fails. */
import * as tf from '@tensorflow/tfjs-core';
import type { HostTensor } from '../../src/compile/step.js';
import { check, isFailure, withoutGradients } from './check.js';
import type { Program, Statement } from './program.js';
import { type How, run } from './run.js';

const mentions = (text: string, name: string): boolean => new RegExp(`\\b${name}\\b`).test(text);

async function fails(program: Program, how: How): Promise<boolean> {
  try {
    return isFailure(await check(program, how, await run(program, 'eager')));
  } catch {
    return false;
  }
}

/** A program of few operations that fails as this one does. */
export async function shrink(program: Program, how: How): Promise<Program> {
  let best = program;
  for (let changed = true; changed; ) {
    changed = false;
    for (const candidate of await smallerThan(best)) {
      const lean = withoutUnused(candidate);
      if (sizeOf(lean) >= sizeOf(best) || !(await fails(lean, how))) continue;
      best = lean;
      changed = true;
      break;
    }
  }
  return best;
}

/** Statements count most. */
function sizeOf({ kind, statements, results, targets, by, inputs, variables }: Program): number {
  const kinds = { forward: 0, gradient: 1, second: 2, update: 3 };
  const numbers = [...inputs, ...variables].reduce(
    (sum, { tensor }) => sum + tensor.values.length,
    0,
  );
  const ends = results.length + targets.length + by.length;
  return 1000 * statements.length + 100 * kinds[kind] + 10 * ends + numbers / 100;
}

/** The same without what nothing reads. */
function withoutUnused(program: Program): Program {
  const { results, targets, by } = program;
  const needed: Statement[] = [];
  const isNeeded = (name: string): boolean =>
    results.includes(name) || needed.some(({ code }) => mentions(code, name));
  for (const statement of [...program.statements].reverse()) {
    if (isNeeded(statement.name) || targets.includes(statement.name)) needed.unshift(statement);
  }
  const used = ({ name }: { readonly name: string }) => isNeeded(name);
  return {
    ...program,
    statements: needed,
    inputs: program.inputs.filter(used),
    variables: program.variables.filter(used),
    by: by.filter((name) => isNeeded(name)),
  };
}

/** Candidates, those first that save most. */
async function smallerThan(program: Program): Promise<Program[]> {
  const { kind, results, targets, by, variables } = program;
  const list: Program[] = [];
  if (kind !== 'forward') list.push(withoutGradients(program));
  if (kind === 'second') list.push({ ...program, kind: 'gradient' });
  if (kind === 'forward') {
    for (const name of results) list.push({ ...program, results: [name] });
  } else {
    for (const name of targets) list.push({ ...program, targets: [name], results: [name] });
    list.push({ ...program, results: targets });
    for (const name of targets) {
      const fewer = targets.filter((other) => other !== name);
      if (fewer.length > 0) list.push({ ...program, targets: fewer, results: fewer });
    }
    for (const name of by) list.push({ ...program, by: [name] });
    for (const variable of variables) {
      list.push({
        ...program,
        variables: variables.filter((other) => other !== variable),
        inputs: [...program.inputs, variable],
      });
    }
  }
  const values = await valuesOf(program);
  for (const statement of [...program.statements].reverse()) {
    const value = values.get(statement.name);
    if (value !== undefined) list.push(...cutAt(program, statement, value));
  }
  for (const statement of program.statements) list.push(...bypassing(program, statement, values));
  return list;
}

/** With a statement's value as an input of its own. */
function cutAt(program: Program, statement: Statement, tensor: HostTensor): Program[] {
  const { name } = statement;
  const { results, targets, by, inputs, statements } = program;
  if (results.includes(name)) return [];
  const cut = {
    ...program,
    statements: statements.filter((other) => other !== statement),
    inputs: [...inputs, { name, tensor }],
    results: results.filter((other) => other !== name),
    targets: targets.filter((other) => other !== name),
  };
  return tensor.dtype === 'float32' && by.length > 0 ? [{ ...cut, by: [...by, name] }, cut] : [cut];
}

/** With one of a statement's operands in its place. */
function bypassing(
  program: Program,
  statement: Statement,
  values: ReadonlyMap<string, HostTensor>,
): Program[] {
  const { name, code } = statement;
  const own = values.get(name);
  const operands = [...values].filter(
    ([other, { dtype, shape }]) =>
      own !== undefined &&
      mentions(code, other) &&
      dtype === own.dtype &&
      shape.join() === own.shape.join(),
  );
  if (program.results.includes(name)) return [];
  return operands.map(([other]) => ({
    ...program,
    statements: program.statements.flatMap((each) =>
      each === statement
        ? []
        : [{ ...each, code: each.code.replace(new RegExp(`\\b${name}\\b`, 'g'), other) }],
    ),
  }));
}

/** The values of everything that is float32 or int32, eagerly. */
async function valuesOf(program: Program): Promise<Map<string, HostTensor>> {
  const given = [...program.inputs, ...program.variables];
  const values = new Map(given.map(({ name, tensor }) => [name, tensor]));
  tf.engine().startScope('values');
  try {
    await tf.setBackend('cpu');
    const tensors = new Map<string, tf.Tensor>(
      given.map(({ name, tensor }) => [
        name,
        tf.tensor(tensor.values.slice(), [...tensor.shape], tensor.dtype),
      ]),
    );
    for (const { name, code } of program.statements) {
      const run = new Function('tf', ...tensors.keys(), `return ${code};`);
      const tensor = run(tf, ...tensors.values()) as tf.Tensor;
      tensors.set(name, tensor);
      if (tensor.dtype !== 'float32' && tensor.dtype !== 'int32') continue;
      const { dtype, shape } = tensor;
      values.set(name, { dtype, shape, values: tensor.dataSync().slice() } as HostTensor);
    }
  } finally {
    tf.engine().endScope();
  }
  return values;
}
