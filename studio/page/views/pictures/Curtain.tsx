import { useState } from 'preact/hooks';
import { grouped } from '../../parts/text.js';
import { pictureUrl } from '../../state/server.js';
import { useNumber, useParam } from '../../state/url.js';
import type { Shown } from './shown.js';

interface Side {
  readonly id: string;
  readonly label: string;
  readonly url: string;
}

/** Two pictures on top of each other, and a curtain between them. */
export function Curtain({
  shown,
  scale,
}: {
  readonly shown: readonly Shown[];
  readonly scale: number;
}) {
  const sides = shown.flatMap(({ run, detail, step }): Side[] => [
    {
      id: run.key,
      label: `${run.name}, step ${grouped(step)}`,
      url: pictureUrl(run.key, step),
    },
    ...(detail.pictures.length > 1
      ? [
          {
            id: `${run.key}~first`,
            label: `${run.name}, step ${grouped(detail.pictures[0]!)}`,
            url: pictureUrl(run.key, detail.pictures[0]!),
          },
        ]
      : []),
    ...(detail.hasReals
      ? [
          {
            id: `${run.key}~reals`,
            label: `${run.name}, training images`,
            url: pictureUrl(run.key, 'reals'),
          },
        ]
      : []),
  ]);
  const other = shown[1]?.run.key ?? sides.at(-1)!.id;
  const [leftId, setLeft] = useParam('left', shown[0]!.run.key);
  const [rightId, setRight] = useParam('right', other);
  const [place, setPlace] = useNumber('curtain', 50, 0, 100);
  const [width, setWidth] = useState(0);
  const left = sides.find(({ id }) => id === leftId) ?? sides[0]!;
  const right = sides.find(({ id }) => id === rightId) ?? sides.at(-1)!;
  const choice = (what: string, { id }: Side, set: (id: string) => void) => (
    <label>
      {what}{' '}
      <select value={id} onChange={({ currentTarget }) => set(currentTarget.value)}>
        {sides.map((side) => (
          <option key={side.id} value={side.id}>
            {side.label}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <div class="curtained">
      <div class="controls">
        {choice('Left', left, setLeft)}
        {choice('Right', right, setRight)}
      </div>
      <div class="curtain" style={width > 0 ? { width: `${width * scale}px` } : {}}>
        <img
          src={left.url}
          alt={`left: ${left.label}`}
          onLoad={({ currentTarget }) => setWidth(currentTarget.naturalWidth)}
        />
        <img
          class="top"
          src={right.url}
          alt={`right: ${right.label}`}
          style={{ clipPath: `inset(0 0 0 ${place}%)` }}
        />
        <span class="edge" style={{ left: `${place}%` }} />
        <input
          type="range"
          min="0"
          max="100"
          value={place}
          aria-label="Place of the curtain"
          aria-valuetext={`${place}% is ${left.label}, the rest ${right.label}`}
          onInput={({ currentTarget }) => setPlace(currentTarget.valueAsNumber)}
        />
      </div>
    </div>
  );
}
