/** Pictures out of one sheet. */
import type { Examination } from '../../../../src/family/examination.js';

export interface Sheet {
  readonly url: string;
  readonly layout: Examination['sheet'];
}

/** Pictures are shown so wide, in CSS pixels. */
const side = 56;

export function Cut({
  sheet: { url, layout },
  place,
  label,
}: {
  readonly sheet: Sheet;
  readonly place: number;
  /** What it shows, in words. */
  readonly label: string;
}) {
  const { columns, count, shape } = layout;
  const height = Math.round((side * shape[0]) / shape[1]);
  const rows = Math.ceil(count / columns);
  return (
    <span
      class="cut"
      role="img"
      aria-label={label}
      style={{
        width: `${side}px`,
        height: `${height}px`,
        backgroundImage: `url("${url}")`,
        backgroundSize: `${columns * side}px ${rows * height}px`,
        backgroundPosition: `-${(place % columns) * side}px -${Math.floor(place / columns) * height}px`,
      }}
    />
  );
}
