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

/** The graph as it is run, or split. */
export const optimise = (graph: Graph, build: Builder): Graph =>
  simplify(convolvePatches(graph, build), build);

/**
 * The graph as it is run, whole, on images in blocks of channels; undefined where that does not pay.
 * @param block channels of a block
 */
export const inBlocks = (graph: Graph, build: Builder, block: number): Graph | undefined =>
  paysInBlocks(graph, block)
    ? blockImages(widenConvolutions(simplify(graph, build), build, block), build, block)
    : undefined;

const simplify = (graph: Graph, build: Builder): Graph =>
  passes.reduce((result, pass) => pass(result, build), graph);
