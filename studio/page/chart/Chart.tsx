/** One chart: curves, a cursor that all charts share, zoom, a table, files. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { speak } from '../parts/live.js';
import { csv, pngOf, save } from '../parts/save.js';
import { figure } from '../parts/text.js';
import { isDark } from '../parts/theme.js';
import { Store, useStore } from '../state/store.js';
import { ChartTable } from './ChartTable.js';
import {
  type Drawing,
  draw,
  drawDots,
  drawMark,
  type Frame,
  frameOf,
  nearest,
  type Series,
} from './draw.js';
import { dashes } from './palette.js';
import { label } from './scale.js';

/** Where the cursor is in all charts, as a value of the x axis. */
export const cursor = new Store<number | undefined>(undefined);

export interface ChartProps {
  readonly title: string;
  readonly series: readonly Series[];
  readonly isLog: boolean;
  readonly xLabel: string;
  readonly xTick?: (value: number) => string;
  readonly zoom?: readonly [number, number] | undefined;
  readonly onZoom?: (zoom: readonly [number, number] | undefined) => void;
  /** A line at the step of the pictures. */
  readonly mark?: number | undefined;
}

const height = 220;

export function Chart({
  title,
  series,
  isLog,
  xLabel,
  xTick = label,
  zoom,
  onZoom,
  mark,
}: ChartProps) {
  const isNight = useStore(isDark);
  const at = useStore(cursor);
  const root = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const over = useRef<HTMLCanvasElement>(null);
  const frame = useRef<Frame>(undefined);
  /** Whether anything is over the curves. */
  const isMarked = useRef(false);
  const [width, setWidth] = useState(0);
  const [isSeen, setSeen] = useState(false);
  const [drag, setDrag] = useState<readonly [number, number] | undefined>();
  const ink = isNight ? '#e6e6e6' : '#1b1b1b';
  const drawing: Drawing = { series, isLog, zoom, xLabel, xTick, ink };

  useEffect(() => {
    const sizes = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)));
    // What is out of sight is drawn once it comes into it.
    const sights = new IntersectionObserver(([entry]) => setSeen(entry!.isIntersecting));
    sizes.observe(root.current!);
    sights.observe(root.current!);
    return () => {
      sizes.disconnect();
      sights.disconnect();
    };
  }, []);

  useLayoutEffect(() => {
    if (width < 80 || !isSeen) return;
    const context = prepared(canvas.current!, width);
    frame.current = frameOf(drawing, width, height);
    draw(context, drawing, frame.current);
  }, [series, isLog, zoom?.[0], zoom?.[1], xLabel, ink, width, isSeen]);

  useLayoutEffect(() => {
    if (width < 80 || !isSeen || frame.current === undefined) return;
    const isEmpty = mark === undefined && at === undefined && drag === undefined;
    if (isEmpty && !isMarked.current) return;
    isMarked.current = !isEmpty;
    const context = prepared(over.current!, width);
    if (mark !== undefined) drawMark(context, frame.current, mark, ink, [4, 3]);
    if (at !== undefined) {
      drawMark(context, frame.current, at, ink, []);
      drawDots(context, frame.current, series, at);
    }
    if (drag !== undefined) shade(context, frame.current, drag, ink);
  }, [series, isLog, zoom?.[0], zoom?.[1], xLabel, ink, width, isSeen, at, mark, drag]);

  const valueAt = (event: PointerEvent): number | undefined => {
    const known = frame.current;
    if (known === undefined) return undefined;
    const { left } = over.current!.getBoundingClientRect();
    const share = (event.clientX - left - known.left) / (known.right - known.left);
    return known.x.value(Math.min(1, Math.max(0, share)));
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    const known = frame.current;
    if (known === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const { low, high } = known.x;
    const act = keyAction(event.key, { low, high, at, series, fine: event.shiftKey });
    if (act === undefined) return;
    event.preventDefault();
    if ('at' in act) {
      cursor.set(act.at);
      speak(spokenAt(series, act.at, xLabel, xTick));
    } else onZoom?.(act.zoom);
  };

  const keepPng = async (): Promise<void> => {
    const sheet = sheetOf(title, drawing, isNight ? '#15181c' : '#ffffff');
    save(`${title}.png`, await pngOf(sheet));
  };

  return (
    <figure class="chart">
      <figcaption>
        <h2>{title}</h2>
        <span class="tools">
          <button
            type="button"
            class="small"
            onClick={() => save(`${title}.csv`, csv(rowsOf(series, xLabel)))}
          >
            CSV<span class="unseen"> of {title}</span>
          </button>
          <button type="button" class="small" onClick={() => void keepPng()}>
            PNG<span class="unseen"> of {title}</span>
          </button>
        </span>
      </figcaption>
      <div
        ref={root}
        class="plot"
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: its cursor moves by keys
        tabIndex={0}
        data-keys
        aria-label={`${title}: ${series.length} curves. Arrow keys move the cursor, plus and minus zoom, Escape shows all. The table below has the numbers.`}
        onKeyDown={onKeyDown}
      >
        <canvas ref={canvas} />
        <canvas
          ref={over}
          class="over"
          onPointerMove={(event) => {
            const value = valueAt(event);
            cursor.set(value);
            if (drag !== undefined && value !== undefined) setDrag([drag[0], value]);
          }}
          onPointerLeave={() => cursor.set(undefined)}
          onPointerDown={(event) => {
            const value = valueAt(event);
            // A finger moves the page; it zooms by the buttons.
            if (value === undefined || onZoom === undefined || event.pointerType === 'touch')
              return;
            over.current!.setPointerCapture(event.pointerId);
            setDrag([value, value]);
          }}
          onPointerUp={() => {
            setDrag(undefined);
            const known = frame.current;
            if (drag === undefined || known === undefined) return;
            const [low, high] = [Math.min(...drag), Math.max(...drag)];
            if (known.x.place(high) - known.x.place(low) > 0.02) onZoom?.([low, high]);
          }}
          onDblClick={() => onZoom?.(undefined)}
        />
      </div>
      <Legend series={series} at={at} xLabel={xLabel} xTick={xTick} />
      <ChartTable title={title} series={series} xLabel={xLabel} xTick={xTick} />
    </figure>
  );
}

/** A canvas as sharp as the screen, empty. */
function prepared(canvas: HTMLCanvasElement, width: number): CanvasRenderingContext2D {
  const ratio = devicePixelRatio;
  const size = { width: Math.round(width * ratio), height: Math.round(height * ratio) };
  const context = canvas.getContext('2d')!;
  // Another size, even the same, is another piece of memory.
  if (canvas.width !== size.width || canvas.height !== size.height) Object.assign(canvas, size);
  canvas.style.height = `${height}px`;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

function shade(
  context: CanvasRenderingContext2D,
  { left, right, top, bottom, x }: Frame,
  [from, to]: readonly [number, number],
  ink: string,
): void {
  const [a, b] = [from, to].map((value) => left + (right - left) * x.place(value)) as [
    number,
    number,
  ];
  context.globalAlpha = 0.15;
  context.fillStyle = ink;
  context.fillRect(Math.min(a, b), top, Math.abs(b - a), bottom - top);
  context.globalAlpha = 1;
}

interface Where {
  readonly low: number;
  readonly high: number;
  readonly at: number | undefined;
  readonly series: readonly Series[];
  /** Whether to go from line to line. */
  readonly fine: boolean;
}

type KeyAction = { readonly at: number } | { readonly zoom: readonly [number, number] | undefined };

function keyAction(key: string, { low, high, at, series, fine }: Where): KeyAction | undefined {
  const middle = at ?? (low + high) / 2;
  const span = high - low;
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowRight': {
      const sign = key === 'ArrowRight' ? 1 : -1;
      const longest = series.reduce<Float64Array>(
        (best, { xs }) => (xs.length > best.length ? xs : best),
        new Float64Array(),
      );
      const place = nearest(longest, middle) + sign;
      const next = fine ? (longest[place] ?? middle) : middle + (sign * span) / 40;
      return { at: Math.min(high, Math.max(low, next)) };
    }
    case 'Home':
      return { at: low };
    case 'End':
      return { at: high };
    case '+':
    case '=':
      return { zoom: [Math.max(low, middle - span / 4), Math.min(high, middle + span / 4)] };
    case '-':
      return { zoom: [Math.max(0, middle - span), middle + span] };
    case 'Escape':
      return { zoom: undefined };
    default:
      return undefined;
  }
}

const valueNear = ({ xs, ys }: Series, at: number): number => ys[nearest(xs, at)] ?? Number.NaN;

const spokenAt = (
  series: readonly Series[],
  at: number,
  xLabel: string,
  xTick: (value: number) => string,
): string =>
  `${xLabel} ${xTick(at)}: ${series.map((one) => `${one.label} ${figure(valueNear(one, at))}`).join(', ')}`;

/** Which line is which, and where they are at the cursor, or at their ends. */
function Legend({
  series,
  at,
  xLabel,
  xTick,
}: Pick<ChartProps, 'series' | 'xLabel'> & {
  readonly at: number | undefined;
  readonly xTick: (value: number) => string;
}) {
  return (
    <div class="legend">
      <span class="where">{at === undefined ? 'last' : `${xLabel} ${xTick(at)}`}</span>
      <ul>
        {series.map((one) => (
          <li key={one.label}>
            <svg width="22" height="8" aria-hidden="true">
              <line
                x1="0"
                x2="22"
                y1="4"
                y2="4"
                stroke={one.color}
                stroke-width="2.5"
                stroke-dasharray={dashes[one.dash % dashes.length]!.join(' ')}
              />
            </svg>
            {one.label}{' '}
            <b>{figure(at === undefined ? (one.ys.at(-1) ?? Number.NaN) : valueNear(one, at))}</b>
          </li>
        ))}
      </ul>
    </div>
  );
}

function rowsOf(series: readonly Series[], xLabel: string): (readonly (string | number)[])[] {
  const rows = series.flatMap(({ label: name, xs, ys, raw }) =>
    Array.from(xs, (x, i) => [name, x, raw?.[i] ?? ys[i]!, ys[i]!] as const),
  );
  return [['curve', xLabel, 'value', 'smoothed'], ...rows];
}

/** The chart with its title and legend on a canvas of its own. */
function sheetOf(title: string, drawing: Drawing, paper: string): HTMLCanvasElement {
  const [sheetWidth, top, row] = [900, 30, 20];
  const full = top + 400 + row * drawing.series.length + 10;
  const sheet = document.createElement('canvas');
  Object.assign(sheet, { width: 2 * sheetWidth, height: 2 * full });
  const context = sheet.getContext('2d')!;
  context.scale(2, 2);
  context.fillStyle = paper;
  context.fillRect(0, 0, sheetWidth, full);
  context.fillStyle = drawing.ink;
  context.font = '600 15px system-ui, sans-serif';
  context.fillText(title, 12, 20);
  context.translate(0, top);
  draw(context, drawing, frameOf(drawing, sheetWidth, 400));
  drawing.series.forEach(({ label: name, color, dash }, i) => {
    const y = 400 + row * i + 10;
    context.strokeStyle = color;
    context.lineWidth = 2.5;
    context.setLineDash([...dashes[dash % dashes.length]!]);
    context.beginPath();
    context.moveTo(52, y);
    context.lineTo(80, y);
    context.stroke();
    context.textAlign = 'left';
    context.textBaseline = 'middle';
    context.fillStyle = drawing.ink;
    context.fillText(name, 88, y);
  });
  return sheet;
}
