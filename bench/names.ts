/** The workloads of `mixgan bench`. */
export const workloadNames = [
  'classifier-step',
  'gan-step',
  'gan-step-lazy',
  'sample',
  'predict',
] as const;

export type WorkloadName = (typeof workloadNames)[number];
