import type { Builder } from '../graph/builder.js';
import type { Graph } from '../graph/graph.js';
import { absorbScale } from './absorb-scale.js';
import { fuseBias } from './fuse-bias.js';
import { fuseLayerNorm } from './fuse-layer-norm.js';
import { hoistRows } from './hoist-rows.js';

export type Pass = (graph: Graph, build: Builder) => Graph;

/** In the order in which they run. Shared subexpressions and constants are the builder's own work. */
export const passes: readonly Pass[] = [fuseLayerNorm, hoistRows, fuseBias, absorbScale];

/** The graph as it is run, or split. */
export function optimise(graph: Graph, build: Builder): Graph {
  return passes.reduce((result, pass) => pass(result, build), graph);
}
