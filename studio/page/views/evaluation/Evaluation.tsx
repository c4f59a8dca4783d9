/** The pictures behind a run's figures; the server has them computed when one asks. */
import { useEffect, useState } from 'preact/hooks';
import type { Examination } from '../../../../src/family/examination.js';
import type { RunSummary } from '../../../shared/protocol.js';
import { speak } from '../../parts/live.js';
import { PickRun, usePicked } from '../../parts/PickRun.js';
import { Typed } from '../../parts/Typed.js';
import { quoted } from '../../parts/text.js';
import { detailOf, examining } from '../../state/runs.js';
import { getJson, runPath } from '../../state/server.js';
import { useStore } from '../../state/store.js';
import { Drawing } from './Drawing.js';
import { Recognition } from './Recognition.js';
import type { Sheet } from './Sheet.js';

export function Evaluation() {
  const picked = usePicked('of', ({ isExamined }) => isExamined);
  const { run } = picked;
  return (
    <>
      <div class="controls">
        <PickRun picked={picked} label="Of" lacking="No run of yours has a model yet." />
      </div>
      {run !== undefined && <Examined key={run.key} run={run} />}
    </>
  );
}

type State =
  | { readonly kind: 'asked' | 'none' }
  | { readonly kind: 'failed'; readonly problem: string }
  | { readonly kind: 'there'; readonly examination: Examination };

function Examined({ run }: { readonly run: RunSummary }) {
  const [state, set] = useState<State>({ kind: 'none' });
  const command = useCommand(run);
  const progress = useStore(examining);
  const examine = async (): Promise<void> => {
    set({ kind: 'asked' });
    try {
      const examination = await getJson<Examination>(runPath(run.key, 'examination.json'));
      set({ kind: 'there', examination });
      speak('the examination is there');
    } catch (thrown) {
      set({ kind: 'failed', problem: thrown instanceof Error ? thrown.message : String(thrown) });
    }
  };
  const line = progress?.key === run.key ? progress.line : 'begins …';
  return (
    <div class="evaluation">
      <div class="controls">
        <button
          type="button"
          class="main"
          disabled={state.kind === 'asked'}
          onClick={() => void examine()}
        >
          {state.kind === 'there' ? 'Examine again' : 'Examine'}
        </button>
        <span class="quiet" role="status">
          {state.kind === 'asked' && line}
          {state.kind === 'none' && 'It takes some seconds, in a process of its own.'}
          {state.kind === 'there' &&
            `after step ${state.examination.step}, on ${state.examination.data}`}
        </span>
      </div>
      {command !== undefined && <Typed command={command} />}
      {state.kind === 'failed' && <p role="alert">{state.problem}</p>}
      {state.kind === 'there' && <Shown run={run} examination={state.examination} />}
    </div>
  );
}

function Shown({
  run,
  examination: { step, sheet: layout, classNames: names, recognition, drawing },
}: {
  readonly run: RunSummary;
  readonly examination: Examination;
}) {
  const sheet: Sheet = { url: `data/${runPath(run.key, 'examination.png')}?step=${step}`, layout };
  return (
    <>
      {recognition && <Recognition recognition={recognition} names={names} sheet={sheet} />}
      {drawing && <Drawing drawing={drawing} names={names} sheet={sheet} />}
    </>
  );
}

/** The command that examines the run, as one types it. */
function useCommand(run: RunSummary): string | undefined {
  const [command, set] = useState<string>();
  useEffect(() => {
    let isWanted = true;
    detailOf(run.key).then(
      ({ path }) => isWanted && set(`mixgan examine ${quoted(run.isShipped ? run.name : path)}`),
      () => undefined,
    );
    return () => {
      isWanted = false;
    };
  }, [run.key]);
  return command;
}
