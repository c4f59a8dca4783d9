/** The picture at the place, drawn again at most once for each picture of the screen. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Point } from './finds.js';
import type { Generator } from './generator.js';
import type { Field } from './Pad.js';
import { paint } from './paint.js';
import { position } from './position.js';

export function Picture({
  generator,
  field,
  held,
  shown,
}: {
  readonly generator: Generator;
  readonly field: Field;
  readonly held: (Point & { readonly name: string }) | undefined;
  /** Is given what is on the canvas. */
  readonly shown: { current: ImageData | undefined };
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const latest = useRef({ field, held });
  latest.current = { field, held };
  const due = useRef(true);
  const [rate, setRate] = useState('');
  due.current = true;

  useEffect(() => {
    let isBusy = false;
    const drawn: number[] = [];
    let took = 0;
    const draw = async (): Promise<void> => {
      const { field: where, held: point } = latest.current;
      const begun = performance.now();
      const image = await generator.draw(point ?? where.pointAt(position.value));
      const now = performance.now();
      took = now - begun;
      drawn.push(now);
      shown.current = image;
      if (canvas.current !== null) paint(canvas.current, image);
    };
    let frame = requestAnimationFrame(function look() {
      frame = requestAnimationFrame(look);
      if (isBusy || !due.current) return;
      due.current = false;
      isBusy = true;
      void draw().finally(() => {
        isBusy = false;
      });
    });
    const stop = position.watch(() => {
      due.current = true;
    });
    const timer = setInterval(() => {
      while (drawn.length > 0 && drawn[0]! < performance.now() - 1000) drawn.shift();
      if (drawn.length > 5)
        setRate(`${drawn.length} pictures a second, ${took.toFixed(1)} ms each`);
    }, 1000);
    return () => {
      cancelAnimationFrame(frame);
      clearInterval(timer);
      stop();
    };
  }, [generator]);

  const [height, width, channels] = generator.shape;
  return (
    <figure>
      <canvas
        ref={canvas}
        class="picture"
        role="img"
        aria-label={`A picture that the generator draws, ${width} by ${height} pixels${channels === 1 ? ', grey' : ''}`}
      />
      <figcaption class="quiet rate">{rate}</figcaption>
    </figure>
  );
}
