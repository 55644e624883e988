import type { Reader } from "#lib/format.ts";
import {
  acrossOf,
  dimensionsOf,
  gridOf,
  hrefOf,
  labelOf,
  measuresOf,
  numberOf,
  shortText,
  valueText,
  type Answer,
  type Column,
  type Row,
} from "./report.ts";

/** One point of a chart. */
export interface Point {
  readonly value: number | null;
  /** In few signs, beside it. */
  readonly short: string;
  /** What it says, whole. */
  readonly text: string;
  readonly href: string | undefined;
}

export interface Series {
  readonly title: string;
  readonly points: readonly Point[];
  readonly column: Column;
}

/** What a chart draws: series over the same categories. */
export interface Drawn {
  readonly categories: readonly string[];
  readonly series: readonly Series[];
  /** The measure that is to be reached, as a line. */
  readonly target: Series | undefined;
  /** Whether the categories follow each other in time. */
  readonly dated: boolean;
  /** How many series are left to the table. */
  readonly left: number;
  /** Of a waterfall: where each bar begins, and of which of three kinds it is: what stands, what came, what went. */
  readonly floats?: readonly { readonly from: number; readonly kind: 0 | 1 | 2 }[];
}

export const seriesMost = 6;

/** A report as series: by its second dimension, or one for each measure in the unit of the first. */
export function seriesOf(answer: Answer, reader: Reader): Drawn {
  const dimensions = dimensionsOf(answer);
  const { target } = answer.layout as { target?: string };
  const measures = measuresOf(answer).filter(({ id }) => id !== target);
  const [first] = measures;
  const across = acrossOf(answer);
  if (!first) return { categories: [], series: [], target: undefined, dated: false, left: 0 };
  const point = (row: Row | undefined, column: Column, names: readonly string[]): Point => ({
    value: row ? numberOf(row.values[column.id], column, answer.currency) : null,
    short: row ? shortText(row.values[column.id], column, reader, answer.currency) : "",
    text: `${names.join(", ")}: ${row ? valueText(row.values[column.id], column, reader) : "–"}`,
    href: row && hrefOf(answer, row, column),
  });
  if (answer.kind === "waterfall") return fallen(answer, first, point, reader);
  if (across) {
    const { down, heads, lines } = gridOf(answer, across);
    const nameOf = (row: Row) => down.map((column) => labelOf(row, column, reader)).join(", ");
    const all = heads.map(({ key, row }) => {
      const title = labelOf(row, across, reader);
      return {
        title,
        column: first,
        points: lines.map((line) => point(line.cells.get(key), first, [nameOf(line.row), title])),
      };
    });
    const size = ({ points }: Series) => points.reduce((sum, { value }) => sum + Math.abs(value ?? 0), 0);
    const kept = new Set(all.toSorted((one, other) => size(other) - size(one)).slice(0, seriesMost));
    return {
      categories: lines.map(({ row }) => nameOf(row)),
      series: all.filter((it) => kept.has(it)),
      target: undefined,
      dated: down[0]?.grain !== undefined,
      left: all.length - kept.size,
    };
  }
  const [dimension] = dimensions;
  const nameOf = (row: Row) => (dimension ? labelOf(row, dimension, reader) : answer.title);
  const rows = dimension ? answer.rows : [answer.totals];
  const seriesFor = (column: Column): Series => ({
    title: column.title,
    column,
    points: rows.map((row) => point(row, column, measures.length > 1 ? [nameOf(row), column.title] : [nameOf(row)])),
  });
  const alike = measures.filter(({ type, show }) => type === first.type && show === first.show);
  const aim = measuresOf(answer).find(({ id }) => id === target);
  return {
    categories: rows.map(nameOf),
    series: alike.slice(0, seriesMost).map(seriesFor),
    target: aim && seriesFor(aim),
    dated: dimension?.grain !== undefined,
    left: measures.length - Math.min(alike.length, seriesMost),
  };
}

/** Bars that begin where the one before has come to. */
function fallen(
  answer: Answer,
  column: Column,
  point: (row: Row, column: Column, names: readonly string[]) => Point,
  reader: Reader,
): Drawn {
  const [dimension] = dimensionsOf(answer);
  const nameOf = (row: Row) => (dimension ? labelOf(row, dimension, reader) : "");
  const stands = ({ keys }: Row) => keys.step === "opening" || keys.step === "closing";
  let level = 0;
  const floats = answer.rows.map((row) => {
    const value = numberOf(row.values[column.id], column, answer.currency) ?? 0;
    const from = stands(row) ? 0 : Math.min(level, level + value);
    level = stands(row) ? value : level + value;
    return { from, kind: stands(row) ? 0 : value < 0 ? 2 : 1 } as const;
  });
  const points = answer.rows.map((row) => {
    const drawn = point(row, column, [nameOf(row)]);
    const sign = stands(row) || !drawn.value || drawn.value < 0 ? "" : "+";
    return { ...drawn, value: drawn.value === null ? null : Math.abs(drawn.value), short: sign + drawn.short };
  });
  return {
    categories: answer.rows.map(nameOf),
    series: [{ title: column.title, column, points }],
    target: undefined,
    dated: true,
    left: 0,
    floats,
  };
}

/** The colours of the tokens as they are where a chart stands: canvases know nothing of variables. */
export function coloursAt(place: HTMLElement) {
  const probe = document.createElement("span");
  place.parentElement!.append(probe);
  const read = (name: string) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const font = getComputedStyle(place).fontFamily;
  const colours = {
    series: Array.from({ length: seriesMost }, (_, at) => read(`cat-${at + 1}`)),
    floats: [read("cat-1"), read("cat-2"), read("danger")],
    ink: read("ink"),
    soft: read("ink-soft"),
    line: read("line"),
    font,
  };
  probe.remove();
  return colours;
}

interface Look {
  readonly sideways: boolean;
  readonly colours: ReturnType<typeof coloursAt>;
  readonly reader: Reader;
  readonly kind: string;
}

/** What ECharts is told: direct labels, a light grid, the zero line, no second axis, nothing that moves. */
export function optionOf({ categories, series, target, floats }: Drawn, { sideways, colours, reader, kind }: Look) {
  const [first] = series;
  const text = { color: colours.soft, fontFamily: colours.font, fontSize: 12 };
  const names = {
    type: "category",
    data: [...categories],
    inverse: sideways,
    axisLabel: { ...text, ...(sideways ? { width: 130, overflow: "truncate" } : { hideOverlap: true }) },
    axisLine: { lineStyle: { color: colours.soft } },
    axisTick: { show: false },
  };
  const whole = series.every(({ points }) => points.every(({ value }) => Number.isInteger(value ?? 0)));
  const amounts = {
    type: "value",
    ...(whole ? { minInterval: 1 } : {}),
    axisLabel: { ...text, formatter: (value: number) => axisText(value, first?.column, reader), hideOverlap: true },
    splitLine: { lineStyle: { color: colours.line } },
  };
  const line = kind === "line";
  const labelled = series.length * categories.length <= 40;
  return {
    animation: false,
    textStyle: { fontFamily: colours.font },
    grid: { left: 4, right: sideways ? 56 : 12, top: 18, bottom: 4, containLabel: true },
    xAxis: sideways ? amounts : names,
    yAxis: sideways ? names : amounts,
    series: [
      ...(floats ? [ground(floats)] : []),
      ...series.map(({ points }, at) => ({
        type: line ? "line" : "bar",
        ...(floats ? { stack: "floats" } : {}),
        data: points.map(({ value }, index) =>
          floats ? { value, itemStyle: { color: colours.floats[floats[index]!.kind], borderRadius: 2 } } : value,
        ),
        itemStyle: { color: colours.series[at], borderRadius: 2 },
        lineStyle: { color: colours.series[at], width: 2 },
        symbol: "circle",
        symbolSize: 7,
        barMaxWidth: 28,
        cursor: "pointer",
        label: {
          show: labelled,
          position: sideways ? "right" : "top",
          color: colours.ink,
          fontFamily: colours.font,
          fontSize: 12,
          formatter: ({ dataIndex }: { dataIndex: number }) => points[dataIndex]?.short ?? "",
        },
        labelLayout: { hideOverlap: true },
      })),
      ...(target
        ? [
            {
              type: "scatter",
              data: target.points.map(({ value }, at) => (sideways ? [value, at] : [at, value])),
              symbol: "rect",
              symbolSize: sideways ? [2, 26] : [34, 2],
              itemStyle: { color: colours.ink },
              silent: true,
              label: { show: false },
            },
          ]
        : []),
    ],
  };
}

/** What bars stand on that begin above nothing. */
const ground = (floats: NonNullable<Drawn["floats"]>) => ({
  type: "bar",
  stack: "floats",
  silent: true,
  itemStyle: { color: "transparent" },
  data: floats.map(({ from }) => from),
});

function axisText(value: number, column: Column | undefined, { locale }: Reader): string {
  const style = column?.show === "percent" ? ({ style: "percent" } as const) : ({ notation: "compact" } as const);
  return new Intl.NumberFormat(locale, { ...style, maximumFractionDigits: 1 }).format(value);
}
