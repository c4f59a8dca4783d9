/** A chart on a canvas. */

import { lastAtMost } from '../state/history.js';
import { dashes } from './palette.js';
import { extent, label, type Scale, scaleOf } from './scale.js';
import { thin } from './thin.js';

export interface Series {
  readonly label: string;
  readonly color: string;
  /** Number of a dash pattern. */
  readonly dash: number;
  /** Rising. */
  readonly xs: Float64Array;
  readonly ys: Float64Array;
  /** What `ys` was made of, drawn pale behind it. */
  readonly raw?: Float64Array;
}

export interface Drawing {
  readonly series: readonly Series[];
  readonly isLog: boolean;
  /** The part of the x axis that is shown; all where it is undefined. */
  readonly zoom: readonly [number, number] | undefined;
  readonly xLabel: string;
  readonly xTick: (value: number) => string;
  readonly ink: string;
}

/** Where the curves are, in CSS pixels. */
export interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly x: Scale;
  readonly y: Scale;
}

export function frameOf(drawing: Drawing, width: number, height: number): Frame {
  const { series, isLog, zoom } = drawing;
  const [low, high] = zoom ?? extent(series.map(({ xs }) => xs)) ?? [0, 1];
  const shown = series.flatMap(({ xs, ys, raw }) => {
    const [from, to] = placesWithin(xs, low, high);
    return [ys.subarray(from, to), ...(raw ? [raw.subarray(from, to)] : [])];
  });
  const isFine = (value: number): boolean => Number.isFinite(value) && (!isLog || value > 0);
  const [least, most] = extent(shown, isFine) ?? (isLog ? [0.1, 1] : [0, 1]);
  const margin = isLog ? 0 : 0.04 * (most - least || Math.abs(most) || 1);
  return {
    ...{ left: 52, right: width - 10, top: 8, bottom: height - 34 },
    x: scaleOf(low, high > low ? high : low + 1),
    y: scaleOf(least - margin, (most > least ? most : least * (isLog ? 10 : 1)) + margin, isLog),
  };
}

/** Places of the points that are shown, with one more on each side, so that lines go on. */
function placesWithin(xs: Float64Array, low: number, high: number): readonly [number, number] {
  const from = Math.max(0, lastAtMost(xs, low));
  const to = Math.min(xs.length, lastAtMost(xs, high) + 2);
  return [from, Math.max(from, to)];
}

export function draw(context: CanvasRenderingContext2D, drawing: Drawing, frame: Frame): void {
  const { left, right, top, bottom } = frame;
  axes(context, drawing, frame);
  context.save();
  context.beginPath();
  context.rect(left, top - 2, right - left, bottom - top + 4);
  context.clip();
  context.lineJoin = 'round';
  for (const { xs, raw, color } of drawing.series) {
    if (raw === undefined) continue;
    context.globalAlpha = 0.3;
    line(context, xs, raw, frame, color, 0, 1);
  }
  context.globalAlpha = 1;
  for (const { xs, ys, color, dash } of drawing.series) {
    line(context, xs, ys, frame, color, dash, 1.8);
  }
  context.restore();
}

function line(
  context: CanvasRenderingContext2D,
  xs: Float64Array,
  ys: Float64Array,
  { left, right, top, bottom, x, y }: Frame,
  color: string,
  dash: number,
  width: number,
): void {
  const [from, to] = placesWithin(xs, x.low, x.high);
  context.strokeStyle = color;
  context.lineWidth = width;
  context.setLineDash([...dashes[dash % dashes.length]!]);
  context.beginPath();
  let [isDown, points] = [false, 0];
  let [lastX, lastY] = [0, 0];
  for (const i of thin(xs, ys, from, to, Math.max(1, right - left))) {
    const value = ys[i]!;
    if (!Number.isFinite(value) || (y.isLog && value <= 0)) {
      isDown = false;
      continue;
    }
    lastX = left + (right - left) * x.place(xs[i]!);
    lastY = bottom - (bottom - top) * y.place(value);
    if (isDown) context.lineTo(lastX, lastY);
    else context.moveTo(lastX, lastY);
    isDown = true;
    points++;
  }
  context.stroke();
  // One point makes no line.
  if (points === 1) {
    context.fillStyle = color;
    context.fillRect(lastX - 2, lastY - 2, 4, 4);
  }
}

function axes(context: CanvasRenderingContext2D, drawing: Drawing, frame: Frame): void {
  const { left, right, top, bottom, x, y } = frame;
  context.font = '12px system-ui, sans-serif';
  context.fillStyle = drawing.ink;
  context.strokeStyle = drawing.ink;
  context.lineWidth = 1;
  context.setLineDash([]);
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  for (const tick of y.ticks(5)) {
    const at = Math.round(bottom - (bottom - top) * y.place(tick)) + 0.5;
    if (at < top - 1 || at > bottom + 1) continue;
    context.globalAlpha = 0.18;
    segment(context, left, at, right, at);
    context.globalAlpha = 1;
    context.fillText(label(tick), left - 6, at);
  }
  segment(context, left, bottom + 0.5, right, bottom + 0.5);
  context.textBaseline = 'top';
  context.textAlign = 'center';
  for (const tick of x.ticks(Math.max(2, Math.floor((right - left) / 80)))) {
    const at = Math.round(left + (right - left) * x.place(tick)) + 0.5;
    if (at < left - 1 || at > right + 1) continue;
    segment(context, at, bottom, at, bottom + 4);
    // The last label stays on the canvas.
    context.textAlign = at > right - 24 ? 'right' : 'center';
    context.fillText(drawing.xTick(tick), at > right - 24 ? right + 8 : at, bottom + 6);
  }
  context.textAlign = 'left';
  context.fillText(drawing.xLabel, left, bottom + 20);
}

function segment(
  context: CanvasRenderingContext2D,
  x1: number,
  y1: number,
  x2: number,
  y2: number,
): void {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}

/** Lines that stand still over the curves: where the cursor is, and the step of the pictures. */
export function drawMark(
  context: CanvasRenderingContext2D,
  { left, right, top, bottom, x }: Frame,
  at: number,
  color: string,
  dash: readonly number[],
): void {
  if (at < x.low || at > x.high) return;
  const place = Math.round(left + (right - left) * x.place(at)) + 0.5;
  context.strokeStyle = color;
  context.lineWidth = 1;
  context.setLineDash([...dash]);
  segment(context, place, top, place, bottom);
}

/** Dots where the cursor meets the curves. */
export function drawDots(
  context: CanvasRenderingContext2D,
  { left, right, top, bottom, x, y }: Frame,
  series: readonly Series[],
  at: number,
): void {
  for (const { xs, ys, color } of series) {
    const place = nearest(xs, at);
    const value = place < 0 ? Number.NaN : ys[place]!;
    if (!Number.isFinite(value) || (y.isLog && value <= 0)) continue;
    const [px, py] = [x.place(xs[place]!), y.place(value)];
    if (px < 0 || px > 1) continue;
    context.fillStyle = color;
    context.beginPath();
    context.arc(left + (right - left) * px, bottom - (bottom - top) * py, 3.5, 0, 2 * Math.PI);
    context.fill();
  }
}

/** The place of the number of rising ones that is nearest; -1 where there are none. */
export function nearest(rising: Float64Array, value: number): number {
  const before = lastAtMost(rising, value);
  if (before < 0) return rising.length > 0 ? 0 : -1;
  if (before + 1 === rising.length) return before;
  return value - rising[before]! <= rising[before + 1]! - value ? before : before + 1;
}
