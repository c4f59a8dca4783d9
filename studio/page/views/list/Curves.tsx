/** Curves of some runs: the charts of their kinds, and of whatever else was logged. */
import { useMemo } from 'preact/hooks';
import type { ChartGroup, RunSummary } from '../../../shared/protocol.js';
import { Chart } from '../../chart/Chart.js';
import type { Series } from '../../chart/draw.js';
import { colorOf } from '../../chart/palette.js';
import { label } from '../../chart/scale.js';
import { smoothed } from '../../chart/smooth.js';
import { duration } from '../../parts/text.js';
import { isDark } from '../../parts/theme.js';
import type { Chosen } from '../../state/chosen.js';
import { useHistories } from '../../state/histories.js';
import { type History, lastAtMost } from '../../state/history.js';
import { hello, runs } from '../../state/runs.js';
import { useStore } from '../../state/store.js';

/** How curves are shown; all of it stands in the address. */
export interface Style {
  readonly isTime: boolean;
  /** Of the moving average. */
  readonly weight: number;
  readonly isLog: boolean;
}

/** All charts that the kinds of these runs have, and those of metrics that belong to none. */
export function Curves({
  chosen,
  style,
  zoomText = '',
  setZoom,
  mark,
  only,
}: {
  readonly chosen: readonly Chosen[];
  readonly style: Style;
  readonly zoomText?: string;
  readonly setZoom?: (text: string) => void;
  /** The step of the pictures. */
  readonly mark?: number;
  /** So many charts, the first ones. */
  readonly only?: number;
}) {
  const known = useStore(runs);
  const server = useStore(hello);
  const isNight = useStore(isDark);
  const shown = chosen.flatMap(({ key, slot }) => {
    const run = known.get(key);
    return run === undefined ? [] : [{ run, slot }];
  });
  const histories = useHistories(shown.map(({ run }) => run.key));
  const kinds = new Set(shown.map(({ run }) => run.kind));
  const groups = (server?.families ?? [])
    .filter(({ kind }) => kinds.has(kind))
    .flatMap(({ charts }) => charts);
  const lines = shown.flatMap(({ run, slot }) => {
    const history = histories.get(run.key);
    return history === undefined ? [] : [{ run, slot, history }];
  });
  const of = lines.map(({ run, slot }) => `${run.key}:${slot}`).join();
  // What is drawn again and again takes time from who trains.
  const charts = useMemo(
    () =>
      withOthers(
        groups,
        lines.map(({ history }) => history),
      ).flatMap((group) => {
        const series = seriesOf(group, lines, style, isNight);
        return series.length === 0 ? [] : [{ group, series }];
      }),
    [server, histories.version, of, style.isTime, style.weight, isNight],
  );
  const zoom = zoomOf(zoomText);
  const first = lines[0];
  const markAt =
    mark === undefined || first === undefined
      ? undefined
      : style.isTime
        ? secondsAt(first.history, mark)
        : mark;
  if (lines.length < shown.length) return <p class="quiet">Reading …</p>;
  if (charts.length === 0) return <p class="quiet">Nothing has been logged yet.</p>;
  return (
    <div class="charts">
      {charts.slice(0, only ?? charts.length).map(({ group, series }) => (
        <Chart
          key={group.title}
          title={group.title}
          series={series}
          isLog={style.isLog || group.yScale === 'log'}
          xLabel={style.isTime ? 'time' : 'step'}
          xTick={style.isTime ? duration : label}
          zoom={zoom}
          mark={markAt}
          {...(setZoom && { onZoom: (next) => setZoom(textOf(next)) })}
        />
      ))}
    </div>
  );
}

interface Line {
  readonly run: RunSummary;
  readonly slot: number;
  readonly history: History;
}

function seriesOf(
  { names }: ChartGroup,
  lines: readonly Line[],
  { isTime, weight }: Style,
  isNight: boolean,
): Series[] {
  return lines.flatMap(({ run, slot, history }) =>
    names.flatMap((name, dash): Series[] => {
      const curve = history.curve(name);
      if (curve === undefined) return [];
      const isRough = weight > 0 && curve.values.length > 2;
      return [
        {
          label: [
            ...(names.length > 1 ? [name] : []),
            ...(lines.length > 1 || names.length === 1 ? [run.name] : []),
          ].join(' · '),
          ...{ color: colorOf(slot, isNight), dash },
          xs: isTime ? curve.seconds : curve.steps,
          ys: isRough ? smoothed(curve.values, weight) : curve.values,
          ...(isRough && { raw: curve.values }),
        },
      ];
    }),
  );
}

/** What is told of the machine is no result. */
const hidden = new Set(['dataWait']);

function withOthers(groups: readonly ChartGroup[], histories: readonly History[]): ChartGroup[] {
  const grouped = new Set(groups.flatMap(({ names }) => names));
  const others = new Set(histories.flatMap(({ names }) => names));
  const rest = [...others].filter((name) => !grouped.has(name) && !hidden.has(name));
  return [...groups, ...rest.map((name) => ({ title: name, names: [name] }))];
}

function zoomOf(text: string): readonly [number, number] | undefined {
  const [low, high] = text.split('~').map(Number);
  return low !== undefined && high !== undefined && low < high ? [low, high] : undefined;
}

const textOf = (zoom: readonly [number, number] | undefined): string =>
  zoom === undefined ? '' : zoom.map((value) => Number(value.toPrecision(6))).join('~');

/** Training time after so many steps, by the first metric's lines. */
function secondsAt(history: History, step: number): number | undefined {
  const [name] = history.names;
  const curve = name === undefined ? undefined : history.curve(name);
  return curve?.seconds[Math.max(0, lastAtMost(curve.steps, step))];
}
