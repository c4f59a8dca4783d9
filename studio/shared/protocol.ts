/**
 * What the studio's server tells its page. Everything that is read lies below `data/`, so that a
 * folder of files can stand in for the server: what is there is what `mixgan studio --export` writes.
 */

/** How a run stands: a training writes into it; it was stopped or killed; NaN; all steps taken. */
export type RunState = 'running' | 'stopped' | 'diverged' | 'done';

/** A run as the list shows it: `data/runs.json` has all of them, an event `run` one that changed. */
export interface RunSummary {
  /** Of this run in addresses: letters, digits, `.`, `_` and `-`. */
  readonly key: string;
  /** Its folder below the one that is shown. */
  readonly name: string;
  readonly kind: string;
  readonly preset: string;
  readonly data: string;
  readonly seed: number;
  readonly state: RunState;
  /** The last step that metrics tell of. */
  readonly step: number;
  readonly steps: number;
  /** Training time until then. */
  readonly seconds: number;
  /** Steps a second, lately; absent where too little has been logged. */
  readonly speed?: number;
  /** When it was started, ISO 8601; absent where the log does not say. */
  readonly started?: string;
  /** When its metrics changed last, milliseconds since 1970. */
  readonly changed: number;
  /** Some values of one metric from the first to the last, for a sparkline. */
  readonly spark: { readonly name: string; readonly values: readonly number[] };
  /** Bytes of whole lines in `metrics.jsonl`. */
  readonly bytes: number;
  /** Of the file of metrics: another one begins when a run that goes on drops lines. */
  readonly version: string;
  /** The steps after which pictures were drawn. */
  readonly pictures: number;
  /** Whether there is a checkpoint, and so a model. */
  readonly hasModel: boolean;
  readonly hasEvaluation: boolean;
  /** A model that comes with the package, and no run of anybody's: for views that run models. */
  readonly isShipped?: true;
}

/** `data/runs.json` */
export interface RunList {
  readonly runs: readonly RunSummary[];
  /** False while folders are still being looked through; those to come are told as events. */
  readonly isComplete: boolean;
}

/** `data/runs/KEY/run.json` */
export interface RunDetail {
  readonly config: unknown;
  /** The folder, as commands take it. */
  readonly path: string;
  /** The steps of `fakes-000500.png`, …, in order. */
  readonly pictures: readonly number[];
  readonly hasReals: boolean;
  /** The last lines of its log. */
  readonly log: string;
  /** What `mixgan evaluate --save` wrote. */
  readonly evaluation?: unknown;
}

/** Metrics that belong in one chart. */
export interface ChartGroup {
  readonly title: string;
  readonly names: readonly string[];
  readonly yScale?: 'linear' | 'log' | undefined;
}

/** What can be trained. */
export interface FamilyInfo {
  readonly kind: string;
  readonly title: string;
  /** What its model does: draws from a latent, or names what an image shows. */
  readonly model?: 'draws' | 'names' | undefined;
  /** Whether `data/runs/KEY/examination.json` can be had of its runs, and `examination.png`. */
  readonly isExamined: boolean;
  readonly charts: readonly ChartGroup[];
}

/** How an examination goes on, an event `examining`. */
export interface Examining {
  readonly key: string;
  readonly line: string;
}

/** `data/hello.json` */
export interface Hello {
  readonly version: string;
  /** The folder that is shown; absent in a site. */
  readonly folder?: string;
  /** Whether a server answers, which sends events and takes commands. */
  readonly isLive: boolean;
  readonly families: readonly FamilyInfo[];
}

/** New lines of a run's `metrics.jsonl`, an event `lines`. */
export interface NewLines {
  readonly key: string;
  readonly version: string;
  /** The bytes that they are. */
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** One key of a configuration, for a form; `src/config/keys.ts` tells more. */
export interface FormKey {
  readonly path: string;
  readonly when?: string;
  readonly type: string;
  readonly description: string;
}

/** `data/forms/KIND.json` */
export interface Form {
  readonly kind: string;
  readonly defaultPreset: string;
  readonly presets: readonly {
    readonly name: string;
    /** Keys with the preset's values as JSON. */
    readonly values: Readonly<Record<string, string>>;
  }[];
  readonly keys: readonly FormKey[];
}

/** What a page asks the server to do, `POST data/commands`. */
export type Command =
  /** Starts a training; `set` has keys of the configuration and values as JSON. */
  | {
      readonly kind: 'train';
      readonly family: string;
      readonly preset: string;
      readonly set: Readonly<Record<string, string>>;
      /** Only says which command it would be. */
      readonly isDry?: boolean;
    }
  | {
      readonly kind: 'stop' | 'resume' | 'evaluate';
      readonly run: string;
      readonly isDry?: boolean;
    };

export interface CommandAnswer {
  /** The command as one types it. */
  readonly command: string;
  /** What went wrong, one line. */
  readonly problem?: string;
  /** Name of the run that it makes. */
  readonly run?: string;
}
