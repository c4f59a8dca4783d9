/** Names what is drawn on a pad, or shown to it as a photograph, with the classifier of a run. */
import { Fetched } from '../../parts/Fetched.js';
import { PickRun, usePicked } from '../../parts/PickRun.js';
import { useModel } from '../../state/use-model.js';
import { Recogniser } from './Recogniser.js';

export function Draw() {
  const picked = usePicked('reader', ({ model }) => model === 'names');
  const { run } = picked;
  const opened = useModel(run?.key);
  const [opening] = opened;
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
      {run !== undefined && (
        <Fetched what="classifier" opened={opened}>
          {(model) => <Recogniser key={run.key} model={model} />}
        </Fetched>
      )}
    </>
  );
}
