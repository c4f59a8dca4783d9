/** Graphs as text, to be read and compared. */
import { type Attribute, type Graph, type Node, nodesOf, type Value } from './graph.js';
import { keyOf } from './port.js';

/**
 * A graph, one line a node: `v12 float32[64,49] = Gemm(v3, state/2) {transA:1}`. Values are numbered
 * as they come, so that equal graphs print alike in whatever order they were built.
 */
export function print(graph: Graph): string {
  const names = new Map<Value, string>();
  for (const { port, value } of graph.inputs) names.set(value, keyOf(port));
  const nameOf = (value: Value | undefined): string =>
    value === undefined ? '_' : (names.get(value) ?? constantText(value));
  let count = 0;
  const lines = nodesOf(graph).map(({ op, inputs, outputs, attributes }) => {
    const operands = inputs.map(nameOf);
    for (const output of outputs) names.set(output, `v${count++}`);
    const results = outputs.map((output) => `${nameOf(output)} ${typeOf(output)}`);
    return `${results.join(', ')} = ${op}(${operands.join(', ')})${settingsText(attributes)}`;
  });
  return [
    ...graph.inputs.map(({ value }) => `${nameOf(value)} ${typeOf(value)}`),
    ...lines,
    ...graph.outputs.map(({ port, value }) => `${keyOf(port)} = ${nameOf(value)}`),
  ].join('\n');
}

const typeOf = ({ dtype, shape }: Value): string => `${dtype}[${shape}]`;

/** With as many digits as tell float32 numbers apart. */
const short = (number: number | bigint): string =>
  typeof number === 'bigint' ? `${number}` : `${Number(number.toPrecision(9))}`;

/** `0.5`, `0.5 [4,1]` of one that is repeated, `[1, 2, …] [4,8]`. */
function constantText({ constant, dtype, shape }: Value): string {
  if (constant === undefined) return `? ${dtype}[${shape}]`;
  if ('splat' in constant) return short(constant.splat) + (shape.length > 0 ? ` [${shape}]` : '');
  const shown = Array.from(constant.values.slice(0, 8), short);
  if (constant.values.length > shown.length) shown.push('…');
  return `[${shown.join(', ')}]${shape.length === 1 ? '' : ` [${shape}]`}`;
}

function settingsText(attributes: Node['attributes']): string {
  const text = (value: Attribute): string =>
    typeof value === 'object' && 'float' in value
      ? short(value.float)
      : typeof value === 'object' && 'floats' in value
        ? `[${value.floats.map(short).join()}]`
        : JSON.stringify(value);
  const settings = Object.entries(attributes).map(([name, value]) => `${name}:${text(value)}`);
  return settings.length === 0 ? '' : ` {${settings.join(', ')}}`;
}
