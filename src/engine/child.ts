/**
 * Calls a function in a child process, for work that may take its process down with it, such as
 * loading a native library.
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** How the call ended, with everything the child wrote to its standard error. */
export type ChildOutcome =
  | { readonly ok: true; readonly value: unknown; readonly stderr: string }
  | { readonly ok: false; readonly crash: string; readonly stderr: string };

export interface ChildOptions {
  /** Environment variables on top of this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/**
 * Calls the exported function `exportName` of the module at `moduleUrl`, without arguments.
 * @param moduleUrl a `file:` URL: a built `.js` module, or a `.ts` source when run from a clone
 * @returns what the function returned, which must survive JSON, or how the child died; never throws
 */
export function callInChild(
  moduleUrl: string,
  exportName: string,
  { env = {}, timeoutMs = 120_000 }: ChildOptions = {},
): Promise<ChildOutcome> {
  const script = `
    const module = await import(${JSON.stringify(moduleUrl)});
    const value = await module[${JSON.stringify(exportName)}]();
    process.send({ value }, () => process.exit(0));
  `;
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      [...loaderFor(moduleUrl), '--input-type=module', '--eval', script],
      {
        env: { ...process.env, ...env },
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
        timeout: timeoutMs,
        killSignal: 'SIGKILL',
      },
    );
    let stderr = '';
    let answer: { value: unknown } | undefined;
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('message', (message) => {
      answer = message as { value: unknown };
    });
    child.on('error', (error) => {
      resolve({ ok: false, crash: `could not be started (${error.message})`, stderr });
    });
    child.on('close', (code, signal) => {
      if (answer) resolve({ ok: true, value: answer.value, stderr });
      else resolve({ ok: false, crash: describeExit(code, signal, timeoutMs), stderr });
    });
  });
}

/** A clone runs its TypeScript sources through tsx; the child needs the same. */
function loaderFor(moduleUrl: string): string[] {
  if (!moduleUrl.endsWith('.ts')) return [];
  try {
    const tsx = createRequire(import.meta.url).resolve('tsx');
    return ['--import', pathToFileURL(tsx).href];
  } catch {
    // Without tsx whoever started this process has another way to run TypeScript.
    return process.execArgv;
  }
}

function describeExit(code: number | null, signal: string | null, timeoutMs: number): string {
  if (signal === 'SIGKILL') return `was killed, perhaps for taking over ${timeoutMs / 1000} s`;
  if (signal !== null) return `crashed with ${signal}`;
  // Windows reports a crash as an exit code of its own, in hexadecimal in every manual.
  if (code !== null && code > 255) return `crashed with code 0x${code.toString(16)}`;
  return `ended with code ${code}`;
}
