import type { Shape } from '../config/schema.js';
import type { Given } from './options.js';

/** A command as the program lists it; what it takes is loaded when it is called, or asked for help. */
export interface CommandEntry {
  readonly description: string;
  readonly load?: () => Promise<Definition>;
  /** Commands below this one. */
  readonly commands?: Readonly<Record<string, CommandEntry>>;
}

export interface Definition {
  /** `<run>`, `[preset]`, `<files...>`, each with what it is. */
  readonly args?: readonly (readonly [name: string, description: string])[];
  readonly flags: Shape;
  /** Shown after the flags in help. */
  readonly notes?: string;
  readonly act: (args: readonly (string | readonly string[])[], given: Given) => Promise<void>;
}
