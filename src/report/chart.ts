/**
 * Line charts as SVG, for a page or as a file. They take their colours for text and lines from what
 * is around them, so that they fit light and dark pages alike.
 */
import { type ScaleContinuousNumeric, scaleLinear, scaleLog } from 'd3-scale';
import { line } from 'd3-shape';
import { type Content, type Html, html } from './html.js';

export type Point = readonly [x: number, y: number];

export interface Series {
  /** For the legend, which has each name once. */
  readonly name: string;
  /** By x; points that are not finite leave a gap. */
  readonly points: readonly Point[];
  /** Numbers of a colour and of a dash pattern; by default the n-th name has colour n, no dashes. */
  readonly style?: { readonly color: number; readonly dash: number };
}

export interface Chart {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly Series[];
  /** A logarithmic scale is used where all values are greater than 0. Default linear. */
  readonly yScale?: 'linear' | 'log';
}

const width = 640;
const plot = { left: 64, right: 624, top: 34, bottom: 254 };
/** Baselines of the label below the plot, of the first row of the legend, and between its rows. */
const rows = { xLabel: 290, legend: 314, height: 18 };

/** Each at least 3 : 1 against white and against nearly black. */
const colors = ['#3b82f6', '#d9622b', '#2f9e5b', '#c2479c', '#8b6fd8', '#a97f14'];
const dashes = ['none', '7 4', '2 3', '9 3 2 3'];

/** The chart as an `<svg>` element; a reader of the page's text hears where its lines begin and end. */
export function lineChart(chart: Chart): Html {
  const { body, height } = draw(chart);
  return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${describe(chart)}">${body}</svg>`;
}

/** The chart as an SVG file, dark on white. */
export function chartFile(chart: Chart): string {
  const { body, height } = draw(chart);
  const { markup } =
    html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${describe(chart)}" color="#222"><rect width="100%" height="100%" fill="#fff"/>${body}</svg>`;
  return `${markup}\n`;
}

type Scale = ScaleContinuousNumeric<number, number>;

function draw(chart: Chart): { readonly body: Content; readonly height: number } {
  const { title, xLabel, yLabel, series } = chart;
  const points = series.flatMap(({ points }) => points.filter(isFinitePoint));
  const x = scaleLinear(extent(points.map(([x]) => x)), [plot.left, plot.right]).clamp(true);
  const y = verticalScale(chart, extent(points.map(([, y]) => y)));
  const styles = stylesOf(series);
  const legend = legendOf(styles);
  const middle = (plot.left + plot.right) / 2;
  const body = html`<g font-family="system-ui, sans-serif" font-size="12" fill="currentColor">
<text x="${plot.left}" y="20" font-size="14" font-weight="600">${title}</text>
${verticalAxis(y)}
${horizontalAxis(x)}
<text x="${middle}" y="${rows.xLabel}" text-anchor="middle">${xLabel}</text>
<text transform="translate(14 ${(plot.top + plot.bottom) / 2}) rotate(-90)" text-anchor="middle">${yLabel}</text>
${series.map((one) => path(one, styles.get(one.name)!, x, y))}
${legend.entries}
</g>`;
  return { body, height: rows.legend + rows.height * (legend.rows - 1) + 12 };
}

const isFinitePoint = ([x, y]: Point): boolean => Number.isFinite(x) && Number.isFinite(y);

/** What an axis can show: between its ends, and a little beyond them, numbers are still numbers. */
const farthest = 1e307;

/**
 * The smallest and the largest, as far as an axis goes: values farther out are drawn at its end. 0 and
 * 1 where there is nothing.
 */
function extent(values: readonly number[]): [number, number] {
  if (values.length === 0) return [0, 1];
  const [low, high] = values.reduce<[number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
  const within = (value: number): number => Math.min(farthest, Math.max(-farthest, value));
  return [within(low), within(high)];
}

function verticalScale({ yScale }: Chart, domain: [number, number]): Scale {
  const range = [plot.bottom, plot.top];
  if (yScale === 'log' && domain[0] > 0) return scaleLog(domain, range).clamp(true);
  return scaleLinear(domain, range).nice(5).clamp(true);
}

const isLogarithmic = (scale: Scale): boolean => 'base' in scale;

function verticalAxis(scale: Scale): Html[] {
  const label = scale.tickFormat(5, isLogarithmic(scale) ? '~g' : specifierFor(scale));
  return scale
    .ticks(5)
    .filter((tick) => label(tick) !== '')
    .map((tick) => {
      const at = rounded(scale(tick));
      return html`<line x1="${plot.left}" x2="${plot.right}" y1="${at}" y2="${at}" stroke="currentColor" stroke-opacity="0.15"/>
<text x="${plot.left - 8}" y="${at + 4}" text-anchor="end">${label(tick)}</text>
`;
    });
}

/** With all their digits, numbers that are very large or small leave no room for the chart. */
function specifierFor(scale: Scale): string | undefined {
  const [low, high] = scale.domain() as [number, number];
  const size = Math.max(Math.abs(low), Math.abs(high));
  return size >= 1e9 || (size > 0 && size < 1e-6) ? '~e' : undefined;
}

function horizontalAxis(scale: Scale): Html {
  const label = scale.tickFormat(8, specifierFor(scale));
  const ticks = scale.ticks(8).map((tick) => {
    const at = rounded(scale(tick));
    return html`<line x1="${at}" x2="${at}" y1="${plot.bottom}" y2="${plot.bottom + 5}" stroke="currentColor"/>
<text x="${at}" y="${plot.bottom + 19}" text-anchor="middle">${label(tick)}</text>
`;
  });
  return html`<line x1="${plot.left}" x2="${plot.right}" y1="${plot.bottom}" y2="${plot.bottom}" stroke="currentColor"/>
${ticks}`;
}

function path({ points }: Series, style: Html, x: Scale, y: Scale): Html {
  const along = line<Point>(
    ([value]) => x(value),
    ([, value]) => y(value),
  )
    .defined(isFinitePoint)
    .digits(1);
  return html`<path d="${along(points) ?? ''}" fill="none" stroke-width="1.8" stroke-linejoin="round" ${style}/>
`;
}

/** The attributes of each name's lines. */
function stylesOf(series: readonly Series[]): Map<string, Html> {
  const styles = new Map<string, Html>();
  for (const { name, style } of series) {
    if (styles.has(name)) continue;
    const { color, dash } = style ?? { color: styles.size, dash: 0 };
    const [stroke, pattern] = [colors[color % colors.length]!, dashes[dash % dashes.length]!];
    styles.set(name, html`stroke="${stroke}" stroke-dasharray="${pattern}"`);
  }
  return styles;
}

/** Names from left to right in as many rows as they need; an SVG cannot measure text. */
function legendOf(styles: ReadonlyMap<string, Html>) {
  const entries: Html[] = [];
  let [at, row] = [plot.left, 0];
  for (const [name, style] of styles) {
    const length = 44 + 7 * name.length;
    if (at > plot.left && at + length > width) [at, row] = [plot.left, row + 1];
    const y = rows.legend + rows.height * row;
    entries.push(
      html`<line x1="${at}" x2="${at + 24}" y1="${y - 4}" y2="${y - 4}" stroke-width="2.5" ${style}/><text x="${at + 30}" y="${y}">${name}</text>
`,
    );
    at += length;
  }
  return { entries, rows: row + 1 };
}

function describe({ title, xLabel, series }: Chart): string {
  const lines = series.flatMap(({ name, points }) => {
    const [first, last] = [points.find(isFinitePoint), points.findLast(isFinitePoint)];
    if (first === undefined || last === undefined) return [];
    return [
      `${name} ${figure(first[1])} at ${xLabel} ${first[0]}, ${figure(last[1])} at ${last[0]}`,
    ];
  });
  return `${title}: ${lines.join('; ')}`;
}

const figure = (value: number): string => String(Number(value.toPrecision(4)));

const rounded = (value: number): number => Math.round(10 * value) / 10;
