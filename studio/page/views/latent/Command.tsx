/** The command that draws what the page shows, where there is one. */
import { useEffect, useState } from 'preact/hooks';
import type { RunSummary } from '../../../shared/protocol.js';
import { quoted } from '../../parts/text.js';
import { detailOf } from '../../state/runs.js';
import { useStore } from '../../state/store.js';
import { seedOf } from './field.js';
import { position } from './position.js';

export function Command({
  run,
  className,
  isCertain,
}: {
  readonly run: RunSummary;
  readonly className: string | undefined;
  /** Whether latents are taken as they are drawn. */
  readonly isCertain: boolean;
}) {
  const seed = seedOf(useStore(position));
  const [path, setPath] = useState<string>();
  useEffect(() => {
    let isWanted = true;
    detailOf(run.key).then(
      (detail) => isWanted && setPath(run.isShipped ? run.name : detail.path),
      () => undefined,
    );
    return () => {
      isWanted = false;
    };
  }, [run.key]);
  if (seed === undefined || path === undefined || !isCertain) return null;
  const asked = className === undefined ? '' : ` --class ${quoted(className)}`;
  return (
    <p class="quiet">
      The same by command:{' '}
      <code>{`mixgan sample ${quoted(path)} --seed ${seed} --count 1${asked}`}</code>
    </p>
  );
}
