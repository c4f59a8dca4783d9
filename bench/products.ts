/**
 * What steps are measured against: their own products, each at its own shape, in as many parts and on as
 * many threads, and nothing else.
 */
import { compileStep } from '../src/compile/compile.js';
import { valuesOf } from '../src/compile/graph/graph.js';
import { sizeOf } from '../src/compile/graph/shapes.js';
import { productsOf } from '../src/compile/passes/products.js';
import { nodeRuntime } from '../src/compile/runtime/node/runtime.js';
import type { SessionOptions } from '../src/compile/runtime/node/session.js';
import type { Runtime } from '../src/compile/runtime/runtime.js';
import { asEngineStep, type Engine } from '../src/engine/engine.js';

/** Of a compiled step it does the products alone; what the step returns is 0. */
export function productsRuntime(options: SessionOptions): Runtime {
  const runtime = nodeRuntime(options);
  return {
    ...runtime,
    async load(graph) {
      const products = productsOf(graph);
      const session = products && (await runtime.load(products));
      const outputs = ('part' in graph ? graph.after : graph).outputs.map(({ value }) => value);
      const results = outputs.map(
        ({ dtype, shape }) =>
          () =>
            valuesOf(dtype, new Array<number>(sizeOf(shape)).fill(0)),
      );
      return {
        async run(_inputs, into) {
          await session?.run([]);
          return results.map((make, i) => into?.[i] ?? make());
        },
        release: async () => session?.release(),
      };
    },
  };
}

/** The `onnx` engine, but that its steps do their products alone. */
export function productsOfEngine(engine: Engine, options: SessionOptions): Engine {
  const runtime = productsRuntime(options);
  return {
    ...engine,
    compile(step) {
      const run = compileStep(step, { runtime, random: 'refuse' });
      return asEngineStep(run, run.dispose);
    },
  };
}
