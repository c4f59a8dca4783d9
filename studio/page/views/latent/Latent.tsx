/** Draws with the generator of a run, in the page itself. */
import { useMemo } from 'preact/hooks';
import type { RunSummary } from '../../../shared/protocol.js';
import { PickRun, usePicked } from '../../parts/PickRun.js';
import type { PageModel } from '../../state/model.js';
import { useModel } from '../../state/use-model.js';
import { Explorer } from './Explorer.js';
import { generatorOf } from './generator.js';

export function Latent() {
  const picked = usePicked('generator', ({ model }) => model === 'draws');
  const { run } = picked;
  const [opening, openAgain] = useModel(run?.key);
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
      {run === undefined ? null : opening === undefined ? (
        <p class="quiet" role="status">
          The generator is being fetched …
        </p>
      ) : 'problem' in opening ? (
        <p role="alert">
          {opening.problem}{' '}
          <button type="button" onClick={openAgain}>
            Try again
          </button>
        </p>
      ) : (
        <Opened key={`${run.key} ${opening.model.info.step}`} run={run} model={opening.model} />
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
