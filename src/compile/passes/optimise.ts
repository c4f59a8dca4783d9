import type { Builder } from '../graph/builder.js';
import type { Graph } from '../graph/graph.js';
import { absorbScale } from './absorb-scale.js';
import { blockImages, paysInBlocks } from './blocked/block-images.js';
import { widenConvolutions } from './blocked/widen.js';
import { convolvePatches } from './convolve-patches.js';
import { fuseBias } from './fuse-bias.js';
import { fuseLayerNorm } from './fuse-layer-norm.js';
import { hoistRows } from './hoist-rows.js';

export type Pass = (graph: Graph, build: Builder) => Graph;

/** In the order in which they run. Shared subexpressions and constants are the builder's own work. */
export const passes: readonly Pass[] = [fuseLayerNorm, hoistRows, fuseBias, absorbScale];

/**
 * The graph as it is run, or split. Where that pays, it has convolutions still, for images in blocks.
 * @param block channels of a block, where the target has blocks
 */
export function optimise(graph: Graph, build: Builder, block?: number): Optimised {
  const simplify = (one: Graph): Graph => passes.reduce((result, pass) => pass(result, build), one);
  if (block === undefined || !paysInBlocks(graph, block)) {
    return { graph: simplify(convolvePatches(graph, build)), finish: (one) => one };
  }
  return {
    graph: widenConvolutions(simplify(graph), build, block),
    finish: (one) => blockImages(one, build, block),
  };
}

interface Optimised {
  readonly graph: Graph;
  /** What has to be done to the graph, or to each of those that it was taken apart into. */
  readonly finish: (graph: Graph) => Graph;
}
