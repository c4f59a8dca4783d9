import { placeOf, reach } from './field.js';
import { position } from './position.js';

/** Moves the plane's part that is shown; a finger cannot drag beyond it. */
export function Pages() {
  const move = (dx: number, dy: number): void => {
    const { x, y } = position.value;
    position.set({ x: x + dx * reach, y: y + dy * reach });
  };
  const go: readonly (readonly [string, string, number, number])[] = [
    ['←', 'left', -1, 0],
    ['→', 'right', 1, 0],
    ['↑', 'up', 0, -1],
    ['↓', 'down', 0, 1],
  ];
  return (
    <>
      <span class="pages">
        {go.map(([sign, word, dx, dy]) => (
          <button
            key={sign}
            type="button"
            class="small"
            aria-label={`Further ${word}`}
            onClick={() => move(dx, dy)}
          >
            {sign}
          </button>
        ))}
      </span>
      <label>
        Seed{' '}
        <input
          type="number"
          class="seed"
          min="0"
          max="999999"
          step="1"
          placeholder="17"
          onChange={({ currentTarget }) => {
            const seed = currentTarget.valueAsNumber;
            if (Number.isInteger(seed) && seed >= 0 && seed < 1e6) position.set(placeOf(seed));
          }}
        />
      </label>
    </>
  );
}
