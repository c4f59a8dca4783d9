/** The workloads of `mixgan bench`. */
export const workloadNames = [
  'classifier-step',
  'classifier-step-cifar',
  'resnet-step',
  'gan-step',
  'gan-step-lazy',
  'translation-step',
  'cyclegan-step',
  'sample',
  'sample-1',
  'predict',
  'mixer-b16-predict',
] as const;

export type WorkloadName = (typeof workloadNames)[number];
