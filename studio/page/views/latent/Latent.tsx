/** Draws with the generator of a run, in the page itself. */
import { useMemo } from 'preact/hooks';
import type { RunSummary } from '../../../shared/protocol.js';
import { Fetched } from '../../parts/Fetched.js';
import { PickRun, usePicked } from '../../parts/PickRun.js';
import type { PageModel } from '../../state/model.js';
import { useModel } from '../../state/use-model.js';
import { Explorer } from './Explorer.js';
import { generatorOf } from './generator.js';

export function Latent() {
  const picked = usePicked('generator', ({ model }) => model === 'draws');
  const { run } = picked;
  const opened = useModel(run?.key);
  const [opening, openAgain] = opened;
  return (
    <>
      <div class="controls">
        <PickRun picked={picked} label="Generator of" lacking="No run here has a generator yet." />
        {run !== undefined && opening !== undefined && 'model' in opening && (
          <>
            <span class="quiet">after step {opening.model.info.step}</span>
            {run.state === 'running' && run.step > opening.model.info.step && (
              <button type="button" onClick={openAgain}>
                Load the newest
              </button>
            )}
          </>
        )}
      </div>
      {run !== undefined && (
        <Fetched what="generator" opened={opened}>
          {(model) => <Opened key={`${run.key} ${model.info.step}`} run={run} model={model} />}
        </Fetched>
      )}
    </>
  );
}

function Opened({ run, model }: { readonly run: RunSummary; readonly model: PageModel }) {
  const generator = useMemo(() => {
    try {
      return generatorOf(model);
    } catch (thrown) {
      return (thrown as Error).message;
    }
  }, [model]);
  if (typeof generator === 'string') return <p role="alert">{generator}</p>;
  return <Explorer run={run} generator={generator} />;
}
