import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { colorOf } from '../../chart/palette.js';
import { grouped } from '../../parts/text.js';
import { isDark } from '../../parts/theme.js';
import { pictureUrl } from '../../state/server.js';
import { useStore } from '../../state/store.js';
import type { Shown } from './shown.js';

/** What a run had drawn after a step, and what stands below it. */
export function Grid({
  shown: { run, slot, step, detail },
  at,
  scale,
  children,
}: {
  readonly shown: Shown;
  /** The step that was chosen. */
  readonly at: number;
  readonly scale: number;
  readonly children: ComponentChildren;
}) {
  const isNight = useStore(isDark);
  const [isReal, setReal] = useState(false);
  const what = isReal
    ? 'training images'
    : `drawn after step ${grouped(step)}${step > at ? ', its first' : ''}`;
  return (
    <figure class="grid">
      <figcaption>
        <span class="swatch" style={{ background: colorOf(slot, isNight) }} />
        <b>{run.name}</b> <span>{what}</span>
        {detail.hasReals && (
          <button
            type="button"
            class="small"
            aria-pressed={isReal}
            onClick={() => setReal(!isReal)}
          >
            real ones
          </button>
        )}
      </figcaption>
      <Drawn
        url={pictureUrl(run.key, isReal ? 'reals' : step)}
        alt={`${what}, by ${run.name}`}
        scale={scale}
      />
      {children}
    </figure>
  );
}

/** A picture whose pixels stay squares. */
export function Drawn({
  url,
  alt,
  scale,
}: {
  readonly url: string;
  readonly alt: string;
  readonly scale: number;
}) {
  const [width, setWidth] = useState(0);
  return (
    <img
      src={url}
      alt={alt}
      onLoad={({ currentTarget }) => setWidth(currentTarget.naturalWidth)}
      style={width > 0 ? { width: `${width * scale}px` } : {}}
    />
  );
}
