/** Numbers as people read them. */
export const grouped = (value: number): string => value.toLocaleString('en-US');

/** `1 h 2 min`, `3 min 5 s`, `12 s` */
export function duration(seconds: number): string {
  const total = Math.max(0, Math.round(seconds));
  const [hours, minutes] = [Math.floor(total / 3600), Math.floor(total / 60) % 60];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${total % 60} s` : `${total} s`;
}

/** Four digits are enough to compare. */
export const figure = (value: number): string =>
  Number.isFinite(value) ? String(Number(value.toPrecision(4))) : 'not a number';

export const perSecond = (speed: number): string =>
  speed >= 1
    ? `${Number(speed.toPrecision(3))} a second`
    : `${Number((1 / speed).toPrecision(3))} s a step`;

/** A word of a command, for a shell. */
export const quoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
