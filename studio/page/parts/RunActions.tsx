import { useState } from 'preact/hooks';
import type { CommandAnswer, RunSummary } from '../../shared/protocol.js';
import { hello } from '../state/runs.js';
import { command } from '../state/server.js';
import { useStore } from '../state/store.js';
import { speak } from './live.js';
import { Typed } from './Typed.js';

/** Stops a run, or goes on with it; the command that does the same is shown. */
export function RunActions({ run }: { readonly run: RunSummary }) {
  const server = useStore(hello);
  const [answer, setAnswer] = useState<CommandAnswer | undefined>();
  const [isBusy, setBusy] = useState(false);
  const kind = run.state === 'running' ? 'stop' : 'resume';
  const canResume = run.hasModel && run.state !== 'done';
  if (server?.isLive !== true || (kind === 'resume' && !canResume)) return null;
  const act = async (): Promise<void> => {
    setBusy(true);
    setAnswer(undefined);
    try {
      const done = await command({ kind, run: run.key });
      setAnswer(done);
      speak(
        done.problem ??
          (kind === 'stop' ? `${run.name} finishes its step and saves` : `${run.name} goes on`),
        0,
      );
    } catch (thrown) {
      setAnswer({ command: '', problem: (thrown as Error).message });
    } finally {
      setBusy(false);
    }
  };
  return (
    <span class="actions">
      <button type="button" class="small" disabled={isBusy} onClick={() => void act()}>
        {isBusy ? '…' : kind === 'stop' ? 'Stop' : 'Go on'}
        <span class="unseen"> {run.name}</span>
      </button>
      {answer?.problem !== undefined && (
        <span role="alert" class="problem">
          {answer.problem}
        </span>
      )}
      {answer !== undefined && answer.command !== '' && <Typed command={answer.command} />}
    </span>
  );
}
