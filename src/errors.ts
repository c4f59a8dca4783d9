/**
 * Errors a user can act on. The command line prints their message as one line and exits with
 * their code; anything else that is thrown is a defect of this package.
 */

import { CompileError } from './compile/errors.js';

export { messageOf } from './compile/errors.js';

/** Exit codes of every command, documented in `README.md`. */
export const ExitCode = {
  ok: 0,
  defect: 1,
  usage: 2,
  input: 3,
  output: 4,
  diverged: 5,
  engine: 6,
  interrupted: 130,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** The base class: one clear line that names what went wrong, where, and what to do about it. */
export class MixganError extends Error {
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
    this.exitCode = exitCode;
  }
}

/** A flag, preset, option or configuration key that cannot be honoured. */
export class UsageError extends MixganError {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, ExitCode.usage, options);
  }
}

/** A file or folder that was given as input and is missing, damaged, or not what it should be. */
export class InputError extends MixganError {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, ExitCode.input, options);
  }
}

/** A file or folder that cannot be written: no permission, no space, already taken. */
export class OutputError extends MixganError {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, ExitCode.output, options);
  }
}

/** Training produced NaN or infinity; the last good checkpoint was kept. */
export class DivergedError extends MixganError {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, ExitCode.diverged, options);
  }
}

/** Work that was asked to stop, and has nothing of its own to show for it. */
export class StoppedError extends MixganError {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, ExitCode.interrupted, options);
  }
}

/** An engine that does not load on this machine, or cannot run what it was given. */
export class EngineError extends MixganError {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, ExitCode.engine, options);
  }
}

/** Throws what was thrown, but for the compiler's errors: those are an engine's to whoever uses one. */
export function throwForEngine(thrown: unknown): never {
  if (!(thrown instanceof CompileError)) throw thrown;
  throw new EngineError(thrown.message, { cause: thrown });
}

/** The `code` of a Node system error (`ENOENT`, `ENOSPC`, …), if it has one. */
export function systemErrorCode(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}
