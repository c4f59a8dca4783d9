/**
 * Gradients of operations that TensorFlow.js does not differentiate, or, `tf.cumsum` along any axis
 * but the last, wrongly. All but the products of Einsum are linear: their gradient is the transpose.
 */
import * as tf from '@tensorflow/tfjs-core';

/** A gradient of one input, by what it is given, the attributes and what was saved. */
function gradientOf(
  kernelName: string,
  input: string,
  saved: readonly string[],
  derivative: (dy: tf.Tensor, saved: tf.Tensor[], attrs: tf.NamedAttrMap) => tf.Tensor,
): tf.GradConfig {
  return {
    kernelName,
    inputsToSave: [...saved],
    gradFunc: (dy, tensors, attrs) => ({
      [input]: () => derivative(dy as tf.Tensor, tensors, attrs),
    }),
  };
}

/** How an equation sums products: the labels of its operands, and of its result. */
function labelsOf({ equation }: tf.NamedAttrMap): { operands: string[]; result: string } {
  const [from, result] = (equation as string).replace(/\s/g, '').split('->') as [string, string];
  return { operands: from.split(','), result };
}

/** dy times the other operands, summed to the axes of one, and repeated along those it alone has. */
function einsumGradient(
  dy: tf.Tensor,
  operands: readonly tf.Tensor[],
  attrs: tf.NamedAttrMap,
  which: number,
): tf.Tensor {
  const { operands: labels, result } = labelsOf(attrs);
  const own = labels[which]!;
  const needed = own + result;
  // The other operand, if there is one, summed along the axes that it has alone.
  const others = operands.flatMap((x, i) => {
    if (i === which) return [];
    const alone = [...labels[i]!].flatMap((label, axis) => (needed.includes(label) ? [] : [axis]));
    const left = [...labels[i]!].filter((label) => needed.includes(label)).join('');
    return [{ left, x: alone.length === 0 ? x : tf.sum(x, alone) }];
  });
  const present = result + others.map(({ left }) => left).join('');
  const kept = [...own].filter((label) => present.includes(label)).join('');
  const equation = `${[result, ...others.map(({ left }) => left)].join(',')}->${kept}`;
  const product = tf.einsum(equation, dy, ...others.map(({ x }) => x));
  const { shape } = operands[which]!;
  const aligned = shape.map((length, axis) => (kept.includes(own[axis]!) ? length : 1));
  return tf.mul(tf.reshape(product, aligned), tf.ones(shape));
}

/** Every value of a slice put back where it was cut from, zeros elsewhere. */
function putBack(dy: tf.Tensor, shape: number[], attrs: tf.NamedAttrMap): tf.Tensor {
  const mask = (name: string): number => (attrs[name] as number | undefined) ?? 0;
  const { begin, end, strides } = tf.slice_util.sliceInfo(
    shape,
    attrs.begin as number[],
    attrs.end as number[],
    attrs.strides as number[],
    mask('beginMask'),
    mask('endMask'),
    mask('ellipsisMask'),
    mask('newAxisMask'),
    mask('shrinkAxisMask'),
  );
  const counts = begin.map((from, axis) => Math.ceil((end[axis]! - from) / strides[axis]!));
  let result = tf.reshape(dy, counts);
  for (const [axis, count] of counts.entries()) {
    const stride = strides[axis]!;
    const step = Math.abs(stride);
    const length = shape[axis]!;
    const first = stride > 0 ? begin[axis]! : begin[axis]! + (count - 1) * stride;
    if (stride < 0) result = tf.reverse(result, axis);
    // Zeros after each value, as many as were stepped over, but after the last.
    const before = result.shape.slice(0, axis);
    const after = result.shape.slice(axis + 1);
    const cells = tf.reshape(result, [...before, count, 1, ...after]);
    const none: [number, number][] = cells.shape.map(() => [0, 0]);
    const spread = tf.reshape(tf.pad(cells, none.with(axis + 1, [0, step - 1])), [
      ...before,
      count * step,
      ...after,
    ]);
    const reach = (count - 1) * step + 1;
    const cut = tf.slice(
      spread,
      spread.shape.map(() => 0),
      spread.shape.with(axis, reach),
    );
    const rest = length - first - reach;
    result = tf.pad(cut, cut.shape.map((): [number, number] => [0, 0]).with(axis, [first, rest]));
  }
  return result;
}

/** [B, H · n, W · n, C] → [B, H, W, n · n · C] */
function spaceToDepth(x: tf.Tensor, block: number): tf.Tensor {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const [rows, columns] = [height / block, width / block];
  const split = tf.reshape(x, [batch, rows, block, columns, block, channels]);
  const moved = tf.transpose(split, [0, 1, 3, 2, 4, 5]);
  return tf.reshape(moved, [batch, rows, columns, block * block * channels]);
}

export const missingGradients: readonly tf.GradConfig[] = [
  {
    kernelName: tf.Einsum,
    saveAllInputs: true,
    gradFunc: (dy, operands, attrs) =>
      Object.fromEntries(
        operands.map((_, i) => [i, () => einsumGradient(dy as tf.Tensor, operands, attrs, i)]),
      ),
  },
  {
    kernelName: tf.Cumsum,
    gradFunc: (dy, _, attrs) => {
      const { axis, exclusive, reverse } = attrs as {
        axis: number;
        exclusive: boolean;
        reverse: boolean;
      };
      return { x: () => tf.cumsum(dy as tf.Tensor, axis, exclusive, !reverse) };
    },
  },
  {
    // A transposed 3-D convolution is the gradient of another.
    kernelName: tf.Conv3DBackpropInputV2,
    inputsToSave: ['dy', 'filter'],
    gradFunc: (gradient, saved, attrs) => {
      const [dy, filter] = saved as [tf.Tensor5D, tf.Tensor5D];
      const { strides, pad } = attrs as unknown as { strides: number; pad: 'same' | 'valid' };
      const ddx = gradient as tf.Tensor5D;
      return {
        dy: () => tf.conv3d(ddx, filter, strides, pad),
        filter: () =>
          tf.engine().runKernel<tf.Tensor>(tf.Conv3DBackpropFilterV2, { x: ddx, dy }, {
            strides,
            pad,
            filterShape: filter.shape,
          } as never),
      };
    },
  },
  gradientOf(tf.StridedSlice, 'x', ['x'], (dy, [x], attrs) => putBack(dy, x!.shape, attrs)),
  gradientOf(tf.DepthToSpace, 'x', [], (dy, _, { blockSize, dataFormat }) => {
    const block = blockSize as number;
    if (dataFormat !== 'NCHW') return spaceToDepth(dy, block);
    return tf.transpose(spaceToDepth(tf.transpose(dy, [0, 2, 3, 1]), block), [0, 3, 1, 2]);
  }),
  gradientOf(tf.GatherNd, 'params', ['params', 'indices'], (dy, [params, indices]) =>
    tf.scatterND(indices!, dy, params!.shape),
  ),
  gradientOf(tf.ScatterNd, 'updates', ['indices'], (dy, [indices]) => tf.gatherND(dy, indices!)),
  gradientOf(tf.FlipLeftRight, 'image', [], (dy) => tf.reverse(dy, 2)),
  gradientOf(tf.Diag, 'x', ['x'], (dy, [x]) => {
    const { size, shape } = x!;
    const matrix = tf.reshape(dy, [size, size]);
    return tf.reshape(tf.sum(tf.mul(matrix, tf.eye(size)), 1), shape);
  }),
  {
    // The places of the largest numbers have no gradient, the numbers have.
    kernelName: tf.TopK,
    inputsToSave: ['x'],
    outputsToSave: [false, true],
    gradFunc: (dys, saved) => {
      const [x, places] = saved as [tf.Tensor, tf.Tensor];
      const [dy] = dys as tf.Tensor[];
      const [length, count] = [x.shape.at(-1)!, places.shape.at(-1)!];
      return {
        x: () => {
          const rows = x.size / length;
          const starts = tf.mul(tf.range(0, rows, 1, 'int32'), tf.scalar(length, 'int32'));
          const index = tf.add(tf.reshape(places, [rows, count]), tf.reshape(starts, [rows, 1]));
          const flat = tf.scatterND(tf.reshape(index, [-1, 1]), tf.reshape(dy!, [-1]), [x.size]);
          return tf.reshape(flat, x.shape);
        },
      };
    },
  },
];
