import { grouped } from '../../parts/text.js';
import { pictureUrl } from '../../state/server.js';
import type { Shown } from './shown.js';

const most = 8;

/** Pictures of a run from the first to the last in a row, which stand still. */
export function Strip({
  shown: { run, detail, step },
  onStep,
}: {
  readonly shown: Shown;
  readonly onStep: (step: number) => void;
}) {
  const { pictures } = detail;
  const count = Math.min(most, pictures.length);
  const steps = Array.from(
    { length: count },
    (_, i) => pictures[count === 1 ? 0 : Math.round(((pictures.length - 1) * i) / (count - 1))]!,
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys
    <section class="wide strip" tabIndex={0} aria-label={`Pictures of ${run.name} in a row`}>
      {steps.map((at) => (
        <button key={at} type="button" aria-pressed={at === step} onClick={() => onStep(at)}>
          <img
            src={pictureUrl(run.key, at)}
            alt={`drawn by ${run.name} after step ${at}`}
            loading="lazy"
          />
          {grouped(at)}
        </button>
      ))}
    </section>
  );
}
