import type { FamilyInfo, RunSummary } from '../../shared/protocol.js';
import { hello, isComplete, runs } from '../state/runs.js';
import { chosenOf } from '../state/slots.js';
import { useStore } from '../state/store.js';
import { useParam } from '../state/url.js';

export interface Picked {
  /** Undefined where no run fits. */
  readonly run: RunSummary | undefined;
  /** Those that fit, the newest first, and last those that come with the package. */
  readonly fitting: readonly RunSummary[];
  readonly pick: (key: string) => void;
  /** The families whose runs fit. */
  readonly families: readonly FamilyInfo[];
}

/**
 * One run with a model, of the families that fit: the one that was picked, or else one of those that are
 * compared, or else the newest.
 * @param param of the address
 */
export function usePicked(param: string, isFit: (family: FamilyInfo) => boolean): Picked {
  const [key, pick] = useParam(param);
  const [compared] = useParam('runs');
  const known = useStore(runs);
  const families = (useStore(hello)?.families ?? []).filter(isFit);
  const kinds = new Set(families.map(({ kind }) => kind));
  const fitting = [...known.values()]
    .filter((run) => run.hasModel && kinds.has(run.kind))
    // What comes with the package stands in where there is nothing else.
    .sort(
      (a, b) =>
        Number(a.isShipped ?? false) - Number(b.isShipped ?? false) || b.changed - a.changed,
    );
  const wanted = [key, ...chosenOf(compared).map((one) => one.key)];
  const run = wanted.map((one) => fitting.find((fit) => fit.key === one)).find(Boolean);
  return { run: run ?? fitting[0], fitting, pick, families };
}

/** More would be no list to choose from. */
const mostListed = 300;

/** A list to pick a run from; where there is none, the command that makes one. */
export function PickRun({
  picked: { run, fitting, pick, families },
  label,
  lacking,
}: {
  readonly picked: Picked;
  readonly label: string;
  /** `No run here has a generator yet.` */
  readonly lacking: string;
}) {
  const isWhole = useStore(isComplete);
  const commands = families.map(({ kind }) => `mixgan train ${kind}`);
  if (run === undefined) {
    if (!isWhole) return <p class="quiet">Looking for runs …</p>;
    return (
      <div class="quiet">
        <p>{lacking} This makes one, which then appears here by itself:</p>
        <pre>{commands.join('\n')}</pre>
      </div>
    );
  }
  const listed = fitting.slice(0, mostListed);
  const isAlone = isWhole && fitting.every(({ isShipped }) => isShipped === true);
  return (
    <>
      <label class="pick">
        {label}{' '}
        <select value={run.key} onChange={({ currentTarget }) => pick(currentTarget.value)}>
          {(listed.includes(run) ? listed : [run, ...listed]).map(({ key, name, isShipped }) => (
            <option key={key} value={key}>
              {name}
              {isShipped && ' (comes with mixgan)'}
            </option>
          ))}
        </select>
      </label>
      {isAlone && (
        <span class="quiet">
          {lacking} One of yours is made by <code>{commands.join(', ')}</code>
        </span>
      )}
    </>
  );
}
