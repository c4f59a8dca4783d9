import type { ModelSummary } from '../mixer/summary.js';
import { grouped } from '../text.js';

/**
 * A model in the form of torchsummary, with a column for floating-point operations. Sizes are those
 * of one image in float32; those of a pass count every layer's output twice, for its gradient.
 */
export function layerTable(summary: ModelSummary): string {
  const { parameters, trainable, flops, inputShapes } = summary;
  // The images are no layer's work.
  const layers = summary.layers.filter(({ type }) => type !== 'InputLayer');
  const header = ['Layer (type)', 'Output Shape', 'Param #', 'MFLOPs'];
  const rows = layers.map((layer) => [
    `${layer.name} (${layer.type})`,
    `[${layer.outputShape.map((length) => length ?? -1).join(', ')}]`,
    grouped(layer.parameters),
    mega(layer.flops),
  ]);
  const widths = header.map((_, column) =>
    Math.max(...[header, ...rows].map((row) => row[column]!.length)),
  );
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => cell.padStart(widths[column]!)).join('  ');
  const width = line(header).length;
  const [thin, thick] = ['-'.repeat(width), '='.repeat(width)];

  const sizes = {
    input: sum(inputShapes.map(elements)),
    pass: 2 * sum(layers.map(({ outputShape }) => elements(outputShape))),
    params: parameters,
  };
  return [
    ...[thin, line(header), thick, ...rows.map(line), thick],
    `Total params: ${grouped(parameters)}`,
    `Trainable params: ${grouped(trainable)}`,
    `Non-trainable params: ${grouped(parameters - trainable)}`,
    `Total MFLOPs: ${mega(flops)} for one image, two for a multiply-add`,
    thin,
    `Input size (MB): ${megabytes(sizes.input)}`,
    `Forward/backward pass size (MB): ${megabytes(sizes.pass)}`,
    `Params size (MB): ${megabytes(sizes.params)}`,
    `Estimated Total Size (MB): ${megabytes(sizes.input + sizes.pass + sizes.params)}`,
    thin,
  ].join('\n');
}

export const mega = (flops: number): string => (flops / 1e6).toFixed(2);

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

const elements = (shape: readonly (number | null)[]): number =>
  shape.reduce<number>((size, length) => size * (length ?? 1), 1);

/** Of float32; torchsummary's are of 2^20 bytes. */
const megabytes = (values: number): string => ((4 * values) / 2 ** 20).toFixed(2);
