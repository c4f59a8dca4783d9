/**
 * A family: a kind of model with all that there is to do with it. The commands know families by this
 * record alone; `src/cli/families.ts` lists them.
 *
 * A record is small, and imports what it needs when it is asked.
 */
import type { z } from 'zod';
import type { Settings } from '../config/resolve.js';
import type { DatasetSplits, ImageDataset, ImageShape } from '../data/dataset.js';
import type { Engine } from '../engine/engine.js';
import type { ExportedModel } from '../formats/exported-model.js';
import type { ModelSummary } from '../mixer/summary.js';
import type { CurveGroup } from '../report/curves.js';
import type { Section } from '../report/page.js';
import type { LoadedCheckpoint } from '../train/checkpoint.js';
import type { MetricsRecord } from '../train/log.js';
import type { LoopResult, TrainingOptions } from '../train/loop.js';
import type { ProgressStream } from '../train/progress.js';
import type { RunFolder } from '../train/run-folder.js';
import type { Team } from '../train/team.js';
import type { PartFile } from './part-file.js';

/** The keys that every family's configuration has. */
export interface FamilyConfig {
  readonly kind: string;
  readonly preset: string;
  /** What `loadDataset` takes. */
  readonly data: string;
  /** Side in pixels to resize all images to. */
  readonly imageSize?: number;
  readonly seed: number;
  readonly steps: number;
}

export interface Family<C extends FamilyConfig = FamilyConfig> {
  /** What is trained, in `config.json`, in checkpoints, and after `mixgan train`. */
  readonly kind: string;
  /** As in "a run of a GAN". */
  readonly title: string;
  /** Of `mixgan train KIND`, in help. */
  readonly description: string;
  /** What its exported model does, for pages that run it: draws from a latent, or names what is shown. */
  readonly model?: 'draws' | 'names';
  readonly settings: () => Promise<FamilySettings<C>>;
  readonly training: () => Promise<Training<C>>;
  /** Its presets, and other models of its kind that have names. */
  readonly models: () => Promise<readonly NamedModel[]>;
  readonly report: () => Promise<FamilyReport<C>>;
  readonly export?: () => Promise<FamilyExport<C>>;
  /** Puts together what `mixgan evaluate --shard I/N` measured of parts. */
  readonly merge?: () => Promise<FamilyMerge>;
  /** What else can be done with its runs: `mixgan NAME RUN`. */
  readonly runCommands: Readonly<Record<string, Lazy<RunCommand<C>>>>;
  /** Commands of its own that take no run: `mixgan NAME`, or `mixgan GROUP NAME` with a line for the group. */
  readonly commands?: Readonly<Record<string, Lazy<Command> & { readonly group?: string }>>;
}

/** Something with a line of help. */
export interface Lazy<T> {
  readonly description: string;
  readonly load: () => Promise<T>;
}

/** Flags as a schema: `z.strictObject({ … })`, each key a flag. */
export type Flags = z.ZodObject;

export interface FamilySettings<C extends FamilyConfig> extends Settings<C> {
  /** Flags of `train` that are no keys of the configuration. */
  readonly flags?: Flags;
  /**
   * The configuration that these flags make of a preset's, before anything else changes it.
   * @param flags as `flags` allows; `arch` is the one of all families
   */
  start?(preset: C, flags: Readonly<Record<string, unknown>>, arch?: string): Promise<C>;
}

/** What a model is told of images. */
export interface ModelInput {
  /** [H, W, C] */
  readonly imageShape: ImageShape;
  /** 0 where classes do not matter. */
  readonly numClasses: number;
}

/** What loading images can take besides what is to be loaded. */
export interface Loading {
  /** Is told lines for the user on what takes long. */
  readonly say?: ((line: string) => unknown) | undefined;
}

export interface Training<C extends FamilyConfig, R extends LoopResult = LoopResult> {
  /**
   * What `data` of a configuration names, for a family with sources of its own; `loadDataset` where
   * it is missing.
   * @throws InputError where there is no such dataset, or it is damaged
   */
  load?(config: C, loading: Loading): Promise<DatasetSplits>;
  /** @throws InputError where images are not what the family needs: labelled, or of some channels */
  input(config: C, images: ImageDataset): ModelInput;
  /**
   * The models of a configuration, without allocating them.
   * @throws UsageError when they do not fit the input
   */
  summarise(config: C, input: ModelInput): ModelSummary;
  /** float32 values that training holds for each parameter: weights, gradients, moments, averages. */
  copies(config: C): number;
  /** Whether several processes can train a model together, each with its share of every batch. */
  readonly shares?: boolean;
  /** Images that go through the models together, and how many such passes make a step. */
  batches?(config: C): { readonly images: number; readonly passes: number };
  /**
   * Whatever else can be told before an engine is opened and a run's folder is made.
   * @returns lines for the user
   */
  check?(config: C, splits: DatasetSplits, isNew: boolean): Promise<readonly string[]>;
  train(config: C, splits: DatasetSplits, context: TrainingContext): Promise<R>;
  /** What a finished training came to, in a line for people. */
  describe(result: Pick<LoopResult, 'metrics'>, run: string): string;
}

export interface TrainingContext {
  readonly engine: Engine;
  /** Makes the run's folder, unless it goes on in its own; nothing is written before. */
  readonly begin: () => Promise<TrainingOptions>;
  /** Whether it starts, rather than goes on from a checkpoint. */
  readonly isNew: boolean;
  readonly team: Team;
  /** Told of what takes long before the first step. */
  readonly say: (line: string) => unknown;
  /** As the training's own. */
  readonly watching: Pick<TrainingOptions, 'signal' | 'stream'>;
}

/** A model that `mixgan summary` lists. */
export interface NamedModel {
  readonly name: string;
  /** `GAN, 28×28×1` */
  readonly what: string;
  readonly summary: () => ModelSummary;
}

/** A run as it was found on disk. */
export interface OpenedRun<C extends FamilyConfig = FamilyConfig> {
  /** As the user called it. */
  readonly path: string;
  readonly run: RunFolder;
  readonly config: C;
  /** @throws InputError where it is missing, damaged, or of another kind */
  readonly checkpoint: (which?: 'last' | 'best') => Promise<LoadedCheckpoint>;
}

/** A trained model, of a run's folder or not. */
export type Trained<C extends FamilyConfig = FamilyConfig> = Omit<OpenedRun<C>, 'run'> & {
  readonly run?: RunFolder | undefined;
};

/** What a command gives back, to be printed: families print nothing themselves. */
export interface Outcome {
  /** For programs: what `--json` prints. */
  readonly document?: unknown;
  /** For people. */
  readonly text?: () => string;
  /** Where the command did not do all that it was asked, without being wrong. */
  readonly exitCode?: number;
}

/** What the command line has for a command. */
export interface CommandContext {
  /** Opens the engine that was asked for, and tells the user which it is. */
  readonly engine: () => Promise<Engine>;
  /** Whether the user said which engine, or how many threads. */
  readonly isEngineAsked: boolean;
  /** Tells the user a line while the command works. */
  readonly say: (line: string) => void;
  /** Where progress goes. */
  readonly stream: ProgressStream;
  /** Of this package. */
  readonly version: string;
}

export interface RunCommand<C extends FamilyConfig = FamilyConfig, F extends Flags = Flags> {
  readonly flags: F;
  /** What files it takes besides the run, where it does. */
  readonly files?: string;
  /** Whether it needs an engine, and so takes `--engine`. */
  readonly computes: boolean;
  /** Shown after the flags in help. */
  readonly notes?: string;
  run(
    opened: OpenedRun<C>,
    flags: z.output<F>,
    context: CommandContext,
    files: readonly string[],
  ): Promise<Outcome>;
}

export interface Command<F extends Flags = Flags> {
  readonly flags: F;
  /** A file that it takes. */
  readonly file?: { readonly name: string; readonly description: string };
  readonly computes: boolean;
  /** @param file empty where the command takes none */
  run(flags: z.output<F>, context: CommandContext, file: string): Promise<Outcome>;
}

export interface FamilyMerge {
  /**
   * What the whole comes to.
   * @param parts all of them, in their order
   * @throws InputError naming the file of a part that is not of the whole
   */
  merge(parts: readonly PartFile[]): object;
}

/** What a report has of one kind of run alone. */
export interface FamilyReport<C extends FamilyConfig, F extends Flags = Flags> {
  readonly flags: F;
  readonly computes: boolean;
  readonly curves: readonly CurveGroup[];
  sections(
    opened: OpenedRun<C>,
    records: readonly MetricsRecord[],
    flags: z.output<F>,
    context: CommandContext,
  ): Promise<Section[]>;
}

/** A model to be written, as far as its family knows. */
export interface RestoredModel extends Omit<ExportedModel, 'metadata'> {
  readonly checkpoint: LoadedCheckpoint;
  /** One line for a person: what goes in, what comes out. */
  readonly description: string;
  /** Share of held-out images that a classifier recognised, 0 … 1, where its run tells. */
  readonly testAccuracy?: number | undefined;
}

export interface FamilyExport<C extends FamilyConfig, F extends Flags = Flags> {
  readonly flags: F;
  /** Those that this family alone can be written in. */
  readonly formats?: readonly string[];
  restore(trained: Trained<C>, flags: z.output<F>): Promise<RestoredModel>;
  /** @throws UsageError where a flag would be without effect */
  check?(flags: z.output<F>, format: string): void;
  /**
   * Writes what this family alone can be written as.
   * @returns the files written; undefined where it is asked for what every model can be written as
   */
  write?(
    trained: Trained<C>,
    exported: ExportedModel & RestoredModel,
    flags: z.output<F>,
    asked: { readonly format: string; readonly out: string },
    say: CommandContext['say'],
  ): Promise<string[] | undefined>;
}
