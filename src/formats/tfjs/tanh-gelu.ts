/**
 * The tanh form of GELU in layers that every TensorFlow.js reads. Version 4.22 writes the activation
 * as `gelu_new`, reads it as `geluNew`, and does not know that.
 *
 * gelu(x) = x · σ(2 √(2/π) (x + 0.044715 x³)) = x · σ(x · (a + b x²))
 */

/** A connection: a layer's name, which of its calls, which of its outputs, further arguments. */
type Connection = [string, number, number, object?];

interface LayerJson {
  readonly name: string;
  readonly class_name: string;
  readonly config: { readonly name: string; readonly activation?: string };
  readonly inbound_nodes: readonly (readonly Connection[])[];
}

interface ModelJson {
  readonly config: {
    readonly layers: readonly LayerJson[];
    readonly output_layers: readonly Connection[];
  };
}

const a = 2 * Math.sqrt(2 / Math.PI);
const b = 0.044715 * a;

/**
 * @param topology `modelTopology` of a saved functional model
 * @returns the same model without `gelu_new`: layers of their own take its place, under new names
 */
export function withoutTanhGelu<T extends object>(topology: T): T {
  const model = topology as unknown as ModelJson;
  const tanhs = new Set(
    model.config.layers.flatMap(({ name, config }) =>
      config.activation === 'gelu_new' ? [name] : [],
    ),
  );
  const redirect = ([name, ...rest]: Connection): Connection =>
    [tanhs.has(name) ? geluName(name) : name, ...rest] as Connection;
  const layers = model.config.layers.flatMap((layer) => {
    const inbound_nodes = layer.inbound_nodes.map((node) => node.map(redirect));
    if (!tanhs.has(layer.name)) return [{ ...layer, inbound_nodes }];
    const config = { ...layer.config, activation: 'linear' };
    return [{ ...layer, config, inbound_nodes }, ...geluOf(layer.name)];
  });
  const output_layers = model.config.output_layers.map(redirect);
  return { ...topology, config: { ...model.config, layers, output_layers } };
}

const geluName = (name: string): string => `${name}/gelu`;

/** The layers from that of a name, which gives x, to the one that gives gelu(x). */
function geluOf(x: string): LayerJson[] {
  const step = (name: string): string => `${x}/gelu_${name}`;
  const [scaled, square, slope] = [step('scaled'), step('square'), step('slope')];
  const [argument, gate] = [step('argument'), step('gate')];
  return [
    // TensorFlow.js frees too early what a layer is given twice.
    layer('Rescaling', scaled, { scale: b, offset: 0 }, [x]),
    layer('Multiply', square, {}, [x, scaled]),
    layer('Rescaling', slope, { scale: 1, offset: a }, [square]),
    layer('Multiply', argument, {}, [x, slope]),
    layer('Activation', gate, { activation: 'sigmoid' }, [argument]),
    layer('Multiply', geluName(x), {}, [x, gate]),
  ];
}

const layer = (
  class_name: string,
  name: string,
  config: object,
  inputs: readonly string[],
): LayerJson => ({
  name,
  class_name,
  config: { name, ...config },
  inbound_nodes: [inputs.map((input): Connection => [input, 0, 0, {}])],
});
