/** What goes wrong with a step: it cannot be compiled, or not be run; with why, and where in it. */
export class CompileError extends Error {
  override readonly name = 'CompileError';
}

/** A step of which no parts can be left to other processes; nothing of it was run. */
export class UnsharedError extends CompileError {
  constructor(processes: number) {
    super(`the batch of this step cannot be shared by ${processes} processes`);
  }
}

/** The message of anything that was thrown, on one line. */
export function messageOf(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return message.split('\n', 1)[0] ?? message;
}
