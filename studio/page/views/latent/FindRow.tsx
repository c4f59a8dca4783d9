/** The pictures that were kept. */
import { useEffect, useRef } from 'preact/hooks';
import type { Find } from './finds.js';
import type { Generator } from './generator.js';
import { paint } from './paint.js';

export function FindRow({
  generator,
  finds,
  onShow,
  onRemove,
}: {
  readonly generator: Generator;
  readonly finds: readonly Find[];
  readonly onShow: (find: Find) => void;
  readonly onRemove: (find: Find) => void;
}) {
  return (
    <section aria-label="Finds" class="finds">
      <h2>Finds</h2>
      {finds.length === 0 ? (
        <p class="quiet">Pictures that you keep stand here, for the next visit too.</p>
      ) : (
        <ul>
          {finds.map((find) => (
            <li key={find.id}>
              <button
                type="button"
                aria-label={`Show find ${find.id}, ${find.name}`}
                onClick={() => onShow(find)}
              >
                <Thumb generator={generator} find={find} />
              </button>
              <span>{find.id}</span>
              <button
                type="button"
                class="small"
                aria-label={`Leave out find ${find.id}`}
                onClick={() => onRemove(find)}
              >
                ×
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Thumb({ generator, find }: { readonly generator: Generator; readonly find: Find }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    let isWanted = true;
    void generator
      .draw(find)
      .then((image) => isWanted && canvas.current && paint(canvas.current, image));
    return () => {
      isWanted = false;
    };
  }, [generator, find.id]);
  return <canvas ref={canvas} />;
}
