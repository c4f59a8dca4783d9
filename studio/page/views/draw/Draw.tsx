/** Names what is drawn on a pad, or shown to it as a photograph, with the classifier of a run. */
import { PickRun, usePicked } from '../../parts/PickRun.js';
import { useModel } from '../../state/use-model.js';
import { Recogniser } from './Recogniser.js';

export function Draw() {
  const picked = usePicked('reader', ({ model }) => model === 'names');
  const { run } = picked;
  const [opening, openAgain] = useModel(run?.key);
  return (
    <>
      <div class="controls">
        <PickRun
          picked={picked}
          label="Classifier of"
          lacking="No run of yours has a classifier yet."
        />
        {opening !== undefined && 'model' in opening && (
          <span class="quiet">after step {opening.model.info.step}</span>
        )}
      </div>
      {run === undefined ? null : opening === undefined ? (
        <p class="quiet" role="status">
          The classifier is being fetched …
        </p>
      ) : 'problem' in opening ? (
        <p role="alert">
          {opening.problem}{' '}
          <button type="button" onClick={openAgain}>
            Try again
          </button>
        </p>
      ) : (
        <Recogniser key={run.key} model={opening.model} />
      )}
    </>
  );
}
