/** What the explorer does by itself. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useNumber, useParam } from '../../state/url.js';
import { cornerFor } from './field.js';
import type { Generator } from './generator.js';
import { toldLabel } from './labels.js';
import { type Position, position, positionOf, textOf } from './position.js';
import { walked } from './walk.js';

/** One-hot, or between two classes; undefined where the generator knows none. */
export function useLabel({ classNames, attributes }: Generator): Float32Array | undefined {
  const numClasses = classNames.length;
  const [told] = useParam('told');
  const [first] = useNumber('class', 0, 0, Math.max(0, numClasses - 1));
  const [second] = useNumber('class2', 0, 0, Math.max(0, numClasses - 1));
  const [share] = useNumber('share', 0, 0, 1);
  return useMemo(() => {
    if (attributes.length > 0) return toldLabel(attributes, told);
    if (numClasses === 0) return undefined;
    const label = new Float32Array(numClasses);
    label[Math.round(first)]! += 1 - share;
    label[Math.round(second)]! += share;
    return label;
  }, [attributes, told, numClasses, first, second, share]);
}

/** The upper left of the plane's part that is shown, which follows the position. */
export function useCorner(): Position {
  const [corner, set] = useState(() => cornerFor(position.value, undefined));
  useEffect(
    () =>
      position.watch(() =>
        set((shown) => {
          const next = cornerFor(position.value, shown);
          return next.x === shown.x && next.y === shown.y ? shown : next;
        }),
      ),
    [],
  );
  return corner;
}

/** Keeps the place in the address, once it has been the same for a moment. */
export function useAddress(isBlend: boolean): void {
  const [text, set] = useParam('at', isBlend ? '0.5,0.5' : '0,0');
  const write = useRef(set);
  write.current = set;
  useEffect(() => {
    const told = positionOf(text);
    if (told !== undefined && text !== textOf(position.value)) position.set(told);
  }, [text]);
  useEffect(() => {
    let timer: number | undefined;
    const stop = position.watch(() => {
      clearTimeout(timer);
      timer = setTimeout(() => write.current(textOf(position.value)), 300);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, []);
}

export function useWalk(isWalking: boolean, speed: number, isBlend: boolean): void {
  useEffect(() => {
    if (!isWalking) return undefined;
    let last: number | undefined;
    let frame = requestAnimationFrame(function move(now) {
      position.set(walked(position.value, (now - (last ?? now)) / 1000, speed, isBlend));
      last = now;
      frame = requestAnimationFrame(move);
    });
    return () => cancelAnimationFrame(frame);
  }, [isWalking, speed, isBlend]);
}
