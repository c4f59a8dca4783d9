/**
 * What the soak trains: both families, on the fastest engine and on the plainest, as small as can be,
 * with all that has a state of its own switched on.
 */
import { set, tinyClassifier, tinyGan } from '../cli/runs.js';

export interface Lane {
  readonly name: string;
  readonly kind: 'gan' | 'classifier';
  /** What every command of the lane is given. */
  readonly compute: readonly string[];
  /** What a new run is given besides. */
  readonly flags: readonly string[];
}

const compute = { onnx: ['--engine=onnx', '--threads=1'], cpu: ['--engine=cpu'] } as const;

const modelOf = {
  gan: tinyGan.filter((flag) => !flag.startsWith('--engine')),
  classifier: [
    ...tinyClassifier.filter((flag) => !flag.startsWith('--engine')),
    ...set({
      mixupAlpha: 0.4,
      augmentation: { rotateDegrees: 20, translatePixels: 1, scale: 0.2 },
      emaDecay: 0.9,
      stochasticDepth: 0.3,
      clipNorm: 1,
    }),
  ],
};

/**
 * @param steps of a run
 * @param data the folder of the images
 */
function lane(kind: Lane['kind'], engine: keyof typeof compute, steps: number, data: string): Lane {
  const every = (share: number): number => Math.max(1, Math.round(steps * share));
  const milestones = kind === 'gan' ? 'pictureEvery' : 'evaluateEvery';
  return {
    name: `${kind}, ${engine}`,
    kind,
    compute: compute[engine],
    flags: [
      ...[...modelOf[kind], `--data=${data}`, `--steps=${steps}`],
      ...set({ logEvery: 1, saveEvery: every(0.06), [milestones]: every(0.09) }),
    ],
  };
}

/** Runs of about a second or two each. */
export const lanes = (data: string): readonly Lane[] => [
  lane('classifier', 'onnx', 900, data),
  lane('gan', 'onnx', 240, data),
  lane('classifier', 'cpu', 150, data),
  lane('gan', 'cpu', 40, data),
];
