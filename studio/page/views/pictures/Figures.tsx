import { figure, grouped } from '../../parts/text.js';
import type { History } from '../../state/history.js';

/** What metrics say of the very step of a picture, or of the last one before it that was logged. */
export function Figures({
  history,
  step,
}: {
  readonly history: History | undefined;
  readonly step: number;
}) {
  const logged = history?.loggedUpTo(step);
  if (history === undefined || logged === undefined) {
    return <p class="quiet sub">Nothing was logged up to step {grouped(step)}.</p>;
  }
  return (
    <details>
      <summary>
        Figures of step {grouped(logged)}
        {logged === step ? '' : ', the last logged before it'}
      </summary>
      <dl class="figures">
        {Object.entries(history.at(logged)).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{figure(value)}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
