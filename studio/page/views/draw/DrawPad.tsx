/** A pad for a pen, a finger, a mouse, or keys. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { speak } from '../../parts/live.js';
import { drawStrokes, longer, moved, type Spot, type Stroke } from './strokes.js';

/** Of the pad's pixels; the net's are fewer. */
export const padSide = 280;

export function DrawPad({
  strokes,
  photo,
  onStrokes,
  onClear,
}: {
  readonly strokes: readonly Stroke[];
  /** Shown instead of strokes. */
  readonly photo: CanvasImageSource | undefined;
  readonly onStrokes: (strokes: readonly Stroke[]) => void;
  readonly onClear: () => void;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [pen, setPen] = useState<Spot>({ x: 0.5, y: 0.3 });
  const [isDown, setDown] = useState(false);
  const [isKeyed, setKeyed] = useState(false);
  /** The strokes with what has been drawn since the page was; a pen is faster than that. */
  const latest = useRef(strokes);
  latest.current = strokes;
  const set = (next: readonly Stroke[]): void => {
    latest.current = next;
    onStrokes(next);
  };

  useLayoutEffect(() => {
    const context = canvas.current!.getContext('2d')!;
    if (photo === undefined) drawStrokes(context, strokes);
    else context.drawImage(photo, 0, 0, padSide, padSide);
  }, [strokes, photo]);

  const spotOf = ({ clientX, clientY }: PointerEvent): Spot => {
    const { left, top, width, height } = canvas.current!.getBoundingClientRect();
    return { x: (clientX - left) / width, y: (clientY - top) / height };
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = moved(pen, event.key, event.shiftKey ? 0.02 : 0.06);
    if (next !== undefined) {
      setPen(next);
      if (isDown) set(longer(latest.current, next));
    } else if (event.key === ' ') {
      setDown(!isDown);
      if (!isDown) set([...latest.current, [pen]]);
      speak(isDown ? 'pen up' : 'pen down');
    } else if (event.key === 'Backspace') {
      setDown(false);
      set(latest.current.slice(0, -1));
      speak('the last line is gone');
    } else if (event.key === 'Delete' || event.key === 'Escape') {
      setDown(false);
      onClear();
      speak('empty');
    } else return;
    setKeyed(true);
    event.preventDefault();
  };

  return (
    <div
      class="draw-pad"
      role="application"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: its pen moves by keys
      tabIndex={0}
      data-keys
      aria-label="Pad: draw here. By keys: arrows move the pen, Space lowers and lifts it, Backspace takes the last line back, Delete all."
      onKeyDown={onKeyDown}
      onBlur={() => setKeyed(false)}
      onPointerDown={(event) => {
        canvas.current!.setPointerCapture(event.pointerId);
        setKeyed(false);
        setDown(false);
        set([...latest.current, [spotOf(event)]]);
      }}
      onPointerMove={(event) => {
        if (!canvas.current!.hasPointerCapture(event.pointerId)) return;
        // Browsers gather the places of fast pens.
        const all = event.getCoalescedEvents?.() ?? [];
        let next = latest.current;
        for (const one of all.length > 0 ? all : [event]) next = longer(next, spotOf(one));
        set(next);
      }}
    >
      <canvas ref={canvas} width={padSide} height={padSide} />
      {isKeyed && (
        <span
          class={`pen${isDown ? ' down' : ''}`}
          style={{ left: `${100 * pen.x}%`, top: `${100 * pen.y}%` }}
        />
      )}
    </div>
  );
}
