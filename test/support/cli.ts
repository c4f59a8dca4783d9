/**
 * The command line, run as a user runs it: in a process of its own.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface CliResult {
  /** The exit code; null where a signal ended the process. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  /** The program, where it is not the package's own. */
  readonly program?: string;
  readonly cwd?: string;
  /** Sends standard output (1) or standard error (2) to a file. */
  readonly redirect?: { readonly fd: 1 | 2; readonly to: string };
  /** Called once the process runs. */
  readonly onStart?: (child: ChildProcess) => void;
}

export const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
export const tsx = import.meta.resolve('tsx');

/** As many at a time as the smallest machines have cores. */
const mostAtATime = 2;
let running = 0;
const waiting: (() => void)[] = [];

/** `mixgan …args` */
export async function mixgan(
  args: readonly string[],
  options: CliOptions = {},
): Promise<CliResult> {
  if (running === mostAtATime) await new Promise<void>((resolve) => waiting.push(resolve));
  else running++;
  try {
    const { program = main } = options;
    const loader = program.endsWith('.ts') ? ['--import', tsx] : [];
    return await run(process.execPath, [...loader, program, ...args], options);
  } finally {
    // The place is handed on as it is, or given up.
    const next = waiting.shift();
    if (next === undefined) running--;
    else next();
  }
}

/** Any command, with all that it prints. */
export async function run(
  command: string,
  args: readonly string[],
  { cwd, redirect, onStart }: CliOptions = {},
): Promise<CliResult> {
  const stdio: ('ignore' | 'pipe' | number)[] = ['ignore', 'pipe', 'pipe'];
  if (redirect !== undefined) stdio[redirect.fd] = openSync(redirect.to, 'w');
  const child = spawn(command, args, { stdio, ...(cwd === undefined ? {} : { cwd }) });
  if (redirect !== undefined) closeSync(stdio[redirect.fd] as number);
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  onStart?.(child);
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, ...output };
}

/** The result of a command that is meant to succeed. */
export async function succeeding(result: Promise<CliResult>): Promise<CliResult> {
  const { code, signal, stdout, stderr } = await result;
  if (code !== 0) throw new Error(`ended with ${code ?? signal}:\n${stderr}${stdout}`);
  return { code, signal, stdout, stderr };
}
