import { readFileSync } from 'node:fs';
import type { ModelConfig } from '../../classifier/architectures/configs.js';
import type { DiscriminatorConfig } from '../../gan/discriminator.js';
import type { GeneratorConfig } from '../../gan/generator.js';
import type { GanLossName } from '../../gan/names.js';
import type { Penalty } from '../../src/adversarial/penalty.js';
import type { ModelSizes } from '../../src/mixer/architecture.js';
import type { MixerConfig } from '../../src/mixer/configs/mixer.js';
import type { GeluForm } from '../../src/mixer/options.js';
import type { StemKind } from '../../src/mixer/stem-kinds.js';
import type {
  DiscriminatorSettings as TranslationDiscriminator,
  GeneratorSettings as Translator,
} from '../../translation/config.js';
import type { TranslationLossName } from '../../translation/names.js';
import type { ExpectedTensor } from '../support/close.js';

type ImageShape = [number, number, number];
export type GoldenTensors = Record<string, ExpectedTensor>;

interface OutputAndGradients {
  output: ExpectedTensor;
  gradients: GoldenTensors;
}

interface Update {
  reports: GoldenTensors;
  /** In the cases that are kept in full. */
  gradients?: GoldenTensors;
  updated?: GoldenTensors;
}

interface Learning {
  labels: number[];
  logits: ExpectedTensor;
  loss: ExpectedTensor;
  gradients: GoldenTensors;
}

/** What the Python scripts beside this module write. */
export interface Goldens {
  mixer: {
    formula: ExpectedTensor;
    layerNorm: OutputAndGradients & {
      config: { shape: number[]; epsilon: number };
      secondGradients: GoldenTensors;
    };
    gelu: Record<
      GeluForm,
      { output: ExpectedTensor; first: ExpectedTensor; second: ExpectedTensor }
    >;
    block: Record<
      GeluForm,
      OutputAndGradients & { config: { tokenDim: number; channelDim: number } }
    >;
    stems: (OutputAndGradients & {
      config: { kind: StemKind; imageShape: ImageShape; patch: number; channels: number };
    })[];
    classifier: Record<GeluForm, Learning & { config: MixerConfig }>;
  };
  kin: {
    tokens: (Learning & { config: ModelConfig & ModelSizes; activation: GeluForm })[];
    resnet: Learning & {
      config: ModelConfig & ModelSizes;
      /** After one step of training. */
      statistics: GoldenTensors;
      /** Logits by the running statistics before it. */
      evaluated: ExpectedTensor;
    };
    parameters: Record<string, number>;
  };
  gan: {
    generators: {
      config: GeneratorConfig;
      imageShape: ImageShape;
      images: ExpectedTensor;
      gradients: GoldenTensors;
    }[];
    discriminators: {
      config: DiscriminatorConfig;
      logits: ExpectedTensor;
      squaredGradients: ExpectedTensor;
    }[];
    losses: Record<
      GanLossName,
      Record<'discriminator' | 'generator', { loss: ExpectedTensor; gradients: GoldenTensors }>
    >;
    steps: {
      config: {
        loss: GanLossName;
        imageShape: ImageShape;
        generator: GeneratorConfig;
        discriminator: DiscriminatorConfig;
        penalty: Penalty;
        optimiser: { learningRate: number; beta1: number; beta2: number; epsilon: number };
        emaDecay: number;
      };
      discriminator: Update;
      generator: Update;
    }[];
  };
  pixels: {
    config: MixerConfig;
    labels: number[];
  } & Record<
    'unit' | 'dataset',
    Omit<Learning, 'labels'> & { mean: number[]; std: number[]; images: ExpectedTensor }
  >;
  translation: {
    generators: (OutputAndGradients & { config: Translator })[];
    discriminators: (OutputAndGradients & { config: TranslationDiscriminator })[];
    losses: Record<TranslationLossName, Record<'discriminator' | 'generator', ExpectedTensor>>;
    steps: {
      config: {
        imageShape: ImageShape;
        loss: TranslationLossName;
        penalty: Penalty;
        cycleWeight: number;
        identityWeight: number;
        generator: Translator;
        discriminator: TranslationDiscriminator;
        optimiser: { learningRate: number; beta1: number; beta2: number; epsilon: number };
      };
      generators: Required<Update>;
      discriminators: Required<Update>;
    }[];
  };
  adam: {
    config: { beta1: number; beta2: number; rates: number[] };
    steps: Record<'theta' | 'm' | 'v', ExpectedTensor>[];
  };
}

/** Reads one of the JSON files beside this module. */
export function readGoldens<K extends keyof Goldens>(name: K): Goldens[K] {
  return JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), 'utf8')) as Goldens[K];
}
