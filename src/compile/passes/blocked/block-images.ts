/**
 * Images in blocks of channels, where convolutions are much of what a graph computes: onnxruntime's own
 * convolutions are twice as fast on them as products of patches are, and need no patches; and what
 * comes between convolutions, a normalisation over the batch above all, is done in few passes.
 */
import type { Builder } from '../../graph/builder.js';
import { isConvolution, windowsIn } from '../../graph/convolutions.js';
import { countUses, type Graph, type Node, nodesOf, type Value } from '../../graph/graph.js';
import { sizeOf } from '../../graph/shapes.js';
import { productWork } from '../../graph/work.js';
import { byPatches } from '../convolve-patches.js';
import { readersOf } from '../rewrite.js';
import { Images } from './images.js';
import { canBeInBlocks, computeInBlocks } from './rules.js';
import { widened } from './widen.js';

/**
 * The graph on images in blocks.
 * @param block channels of a block
 */
export function blockImages(graph: Graph, build: Builder, block: number): Graph {
  const images = new Images(build, block);
  const around = { uses: countUses(graph), isSummed: summedOnly(graph) };
  for (const node of nodesOf(graph)) {
    build.origin = node.origin;
    if (computeInBlocks(images, node, around)) continue;
    const inputs = node.inputs.map((input) => input && images.plain(input));
    const outputs = isConvolution(node)
      ? [byPatches(build, node, inputs as Value[])]
      : build.rebuild(node, inputs);
    node.outputs.forEach((output, i) => {
      images.setPlain(output, outputs[i]!);
    });
  }
  const outputs = graph.outputs.map(({ port, value }) => ({ port, value: images.plain(value) }));
  build.origin = undefined;
  return { inputs: graph.inputs, outputs };
}

/** What a value of a patch costs, in values that an elementwise operation makes. */
const workOfPatches = 1 / 3;

/**
 * Whether convolutions that can be had in blocks, and the patches that none needs then, less what it costs
 * to widen others, are more than half of the work that products are. Found by timing training steps of GANs
 * and translations, of which this is 0.43 to 0.7: with less than half blocks cost a step a tenth and more,
 * with more they take off a fifth.
 */
export function paysInBlocks(graph: Graph, block: number): boolean {
  let all = 0;
  let saved = 0;
  for (const node of nodesOf(graph)) {
    const work = productWork(node);
    all += work;
    if (!isConvolution(node)) continue;
    const { batch, output, kernel, inChannels } = windowsIn(node);
    saved += workOfPatches * sizeOf([batch, ...output, ...kernel, inChannels]);
    // Products in blocks are twice as fast.
    saved += canBeInBlocks(node, block) ? work : (work - productWork(widened(node, block))) / 2;
  }
  return saved > all / 2;
}

/** Tells of which images nothing comes but sums over pixels: all, or those of each. */
function summedOnly(graph: Graph): (value: Value) => boolean {
  const readers = readersOf(graph);
  const outputs = new Set(graph.outputs.map(({ value }) => value));
  const isSum = ({ op, inputs: [x], outputs: [y] }: Node): boolean =>
    (op === 'ReduceSum' || op === 'ReduceMean') &&
    y!.shape.at(-1) === x!.shape.at(-1) &&
    y!.shape.slice(1, -1).every((length) => length === 1);
  return (value) => !outputs.has(value) && readers(value).every(isSum);
}
