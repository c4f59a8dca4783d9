/** The model of a run on its way into the page: the wait for it, what is wrong with it, what uses it. */
import type { ComponentChildren } from 'preact';
import type { PageModel } from '../state/model.js';
import type { useModel } from '../state/use-model.js';

export function Fetched({
  what,
  opened: [opening, openAgain],
  children,
}: {
  /** `classifier` */
  readonly what: string;
  readonly opened: ReturnType<typeof useModel>;
  readonly children: (model: PageModel) => ComponentChildren;
}) {
  if (opening === undefined) {
    return (
      <p class="quiet" role="status">
        The {what} is being fetched …
      </p>
    );
  }
  if ('model' in opening) return <>{children(opening.model)}</>;
  return (
    <p role="alert">
      {opening.problem}{' '}
      <button type="button" onClick={openAgain}>
        Try again
      </button>
    </p>
  );
}
