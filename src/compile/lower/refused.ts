/** Kernels of TensorFlow.js that cannot be compiled, with the reason. */

const strings = 'a graph has no strings: prepare them outside of the step';
const dynamic =
  'the shape of what it makes follows from the values that it is given: call it outside of the step';

export const refusedKernels: Readonly<Record<string, string>> = {
  Draw: 'it draws on a canvas: call it outside of the step',
  NonMaxSuppressionV3: dynamic,
  NonMaxSuppressionV4: dynamic,
  NonMaxSuppressionV5: dynamic,
  RaggedGather: dynamic,
  RaggedRange: dynamic,
  RaggedTensorToTensor: dynamic,
  SparseFillEmptyRows: dynamic,
  StaticRegexReplace: strings,
  StringNGrams: strings,
  StringSplit: strings,
  StringToHashBucketFast: strings,
  Unique: dynamic,
};
