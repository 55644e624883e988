import type { reports } from "engine";
import { html, raw } from "hono/html";
import { dashboardWords, type DashboardWords } from "./dashboard-words.ts";

type Answer = reports.ReportAnswer;
type Column = reports.ReportColumn;

/** So many rows of each report stand in a mail. */
const rowsMost = 20;

/** What a dashboard says to one person. */
export interface DashboardLetter {
  readonly title: string;
  readonly language: string;
  readonly cards: readonly { readonly title: string; readonly answer: Answer }[];
  /** Where the dashboard is. */
  readonly link: string;
}

/** A dashboard as a mail, each report as a table: the same in HTML and in plain text. */
export function dashboardLetter({ title, language, cards, link }: DashboardLetter) {
  const words = dashboardWords(language);
  const tables = cards.map((card) => ({ title: card.title, ...tableOf(card.answer, words, language) }));
  const text = [
    ...tables.map((it) => [it.title, ...it.lines.map((cells) => cells.join("  |  ")), ...it.notes].join("\n")),
    `${words.open}: ${link}`,
    words.stop,
  ].join("\n\n");
  const cell = (name: "td" | "th", value: string, at: number, line: boolean) =>
    raw(
      `<${name} style="padding:4px 10px;border-bottom:1px solid #d9d6cf;font-weight:${line ? "600" : "400"};text-align:${at === 0 ? "left" : "right"}">${String(html`${value}`)}</${name}>`,
    );
  const body = html`<!doctype html>
    <html lang="${language}">
      <body style="font-family:sans-serif;line-height:1.5;color:#21201c">
        <h1 style="font-size:20px">${title}</h1>
        ${tables.map(
          (it) =>
            html`<h2 style="font-size:16px">${it.title}</h2>
              <table style="border-collapse:collapse;font-size:14px">
                ${it.lines.map(
                  (cells, row) =>
                    html`<tr>
                      ${cells.map((value, at) => cell(row === 0 ? "th" : "td", value, at, row === 0))}
                    </tr>`,
                )}
              </table>
              ${it.notes.map((note) => html`<p>${note}</p>`)}`,
        )}
        <p><a href="${link}">${words.open}</a></p>
        <p style="font-size:12px;color:#6b675e">${words.stop}</p>
      </body>
    </html>`;
  return { subject: title, text, html: String(body) };
}

function tableOf(answer: Answer, words: DashboardWords, language: string) {
  const columns = answer.columns.filter(({ hidden }) => !hidden);
  const dimensions = columns.filter(({ role }) => role === "dimension");
  const measures = columns.filter(({ role }) => role === "measure");
  const titled = ({ id, title }: Column) => (title === id ? (words.columns[id] ?? title) : title);
  const lineOf = (row: reports.ReportRow) => [
    ...dimensions.map(
      ({ id }) => (id === "step" ? words.columns[String(row.keys.step)] : undefined) ?? row.labels[id] ?? "–",
    ),
    ...measures.map((column) => valueText(row.values[column.id], column, language)),
  ];
  const sums = !["customers", "waterfall"].includes(answer.kind) && measures.length > 0;
  const whole = dimensions.map((_, at) => (at === 0 ? words.all : ""));
  const totals = [...whole, ...measures.map((column) => valueText(answer.totals.values[column.id], column, language))];
  const shown = dimensions.length === 0 ? [] : answer.rows.slice(0, rowsMost);
  const left = dimensions.length === 0 ? 0 : answer.rows.length - shown.length;
  return {
    lines: [columns.map(titled), ...shown.map(lineOf), ...(sums ? [totals] : [])],
    notes: [
      ...measures.flatMap((it) => {
        const count = answer.unrated?.[it.id] ?? 0;
        return count > 0 ? [`${titled(it)}: ${words.unrated(count)}`] : [];
      }),
      ...(left > 0 ? [words.more(left)] : []),
      ...(answer.rows.length === 0 && !sums ? [words.none] : []),
    ],
  };
}

function valueText(value: unknown, column: Column, language: string): string {
  if (value === null || value === undefined) return column.empty ?? "–";
  if (Array.isArray(value)) return value.map((it) => valueText(it, column, language)).join(", ");
  const as = (number: number, options: Intl.NumberFormatOptions) =>
    new Intl.NumberFormat(language, options).format(number);
  if (typeof value === "object") {
    const { amount, currency } = value as { amount: string; currency: string };
    return as(Number(amount), { style: "currency", currency });
  }
  const number = Number(value);
  if (Number.isNaN(number)) return String(value);
  if (column.show === "percent") return as(number, { style: "percent", maximumFractionDigits: 1 });
  if (column.show === "days" || column.show === "hours" || column.type === "duration") {
    const hours = column.show === "hours";
    const unit = hours ? "hour" : "day";
    return as(number / (hours ? 3600 : 86_400), {
      style: "unit",
      unit,
      unitDisplay: "short",
      maximumFractionDigits: 1,
    });
  }
  return as(number, { maximumFractionDigits: 2 });
}
