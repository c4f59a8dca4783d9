import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ExitCode } from '../../src/errors.js';
import { exitCodeOf, onInterrupt } from '../../src/train/interrupt.js';

const child = fileURLToPath(new URL('interrupt-child.ts', import.meta.url));

/** Starts the child and calls `onLine` with each line it prints, until it ends. */
async function run(mode: 'finish' | 'hang', onLine: (line: string, child: ChildProcess) => void) {
  const started = spawn(process.execPath, ['--import', 'tsx', child, mode], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  createInterface({ input: started.stdout }).on('line', (line) => {
    lines.push(line);
    onLine(line, started);
  });
  const [code, signal] = (await once(started, 'close')) as [number | null, string | null];
  return { code, signal, lines };
}

describe.skipIf(process.platform === 'win32')('onInterrupt', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'] as const)(
    'lets the loop finish and save after %s',
    async (signal) => {
      const result = await run('finish', (line, started) => {
        if (line.startsWith('ready')) started.kill(signal);
      });
      expect(result).toEqual({
        code: 0,
        signal: null,
        lines: ['ready false undefined', `request ${signal}`, `saved true ${signal}`],
      });
    },
  );

  it('takes a signal that arrives several times at once for one', async () => {
    const result = await run('finish', (line, started) => {
      if (line.startsWith('ready')) started.kill('SIGINT');
      if (line.startsWith('request')) started.kill('SIGINT');
    });
    expect(result.code).toBe(0);
    expect(result.lines).toEqual(['ready false undefined', 'request SIGINT', 'saved true SIGINT']);
  });

  it('exits at once with code 130 on a second SIGINT', async () => {
    const result = await run('hang', async (line, started) => {
      if (line.startsWith('ready')) started.kill('SIGINT');
      if (!line.startsWith('request')) return;
      await sleep(400);
      started.kill('SIGTERM');
      await sleep(100);
      started.kill('SIGINT');
    });
    expect(result).toEqual({
      code: 130,
      signal: null,
      lines: ['ready false undefined', 'request SIGINT'],
    });
  });

  it('leaves SIGQUIT to the system, which ends even a process that hears nothing', async () => {
    const result = await run('hang', (line, started) => {
      if (line.startsWith('ready')) started.kill('SIGQUIT');
    });
    expect(result).toMatchObject({ code: null, signal: 'SIGQUIT' });
  });

  it('has exit codes as shells do', () => {
    expect(exitCodeOf('SIGINT')).toBe(ExitCode.interrupted);
    expect(exitCodeOf('SIGTERM')).toBe(143);
    expect(exitCodeOf(undefined)).toBe(130);
  });

  it('stops listening when disposed', () => {
    const listeners = () => process.listenerCount('SIGINT') + process.listenerCount('SIGTERM');
    const before = listeners();
    const interrupt = onInterrupt();
    expect(listeners()).toBe(before + 2);
    interrupt.dispose();
    expect(listeners()).toBe(before);
    expect(interrupt.requested).toBe(false);
  });
});
