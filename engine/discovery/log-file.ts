import { cellsOf } from "../csv.ts";
import { readMoment } from "../field-types/moments.ts";

/** A log as a file has it: what its columns are called, and its rows. */
export interface LogFile {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The places of the columns, from 0, that say which case it was, what happened, when, and whose doing it was. */
export interface LogColumns {
  readonly case: number;
  readonly activity: number;
  readonly at: number;
  readonly resource: number | undefined;
}

/** One thing that happened to one case, as it travels. */
export interface FiledEvent {
  readonly case: string;
  readonly activity: string;
  readonly at: string;
  readonly resource?: string;
}

const separators = [",", ";", "\t", "|"] as const;
const columnsLeast = 3;

/** Reads a log of CSV, whatever parts its cells. Nothing where it has no rows below its head, or too few columns. */
export function readLogFile(text: string): LogFile | undefined {
  const head = text.trimStart().split("\n", 1)[0] ?? "";
  const parts = (separator: string) => head.split(separator).length;
  const separator = separators.reduce((best, it) => (parts(it) > parts(best) ? it : best));
  const [columns = [], ...rows] = cellsOf(text, separator);
  return columns.length < columnsLeast || rows.length === 0
    ? undefined
    : { columns: columns.map((it) => it.trim()), rows };
}

const telling: Readonly<Record<keyof LogColumns, RegExp>> = {
  case: /case|trace|ticket/i,
  activity: /activity|concept:name|event|task|step/i,
  at: /time|date|^at$/i,
  resource: /resource|user|agent/i,
};

/** The columns by their names; of those that none tells, the next that is left. */
export function suggestLogColumns({ columns }: LogFile): LogColumns {
  const taken = new Set<number>();
  const take = (at: number) => (at < 0 ? undefined : (taken.add(at), at));
  const named = (told: RegExp) => take(columns.findIndex((it, at) => !taken.has(at) && told.test(it)));
  const found = {
    case: named(telling.case),
    activity: named(telling.activity),
    at: named(telling.at),
    resource: named(telling.resource),
  };
  const next = () => take(columns.findIndex((_, at) => !taken.has(at))) ?? 0;
  return {
    case: found.case ?? next(),
    activity: found.activity ?? next(),
    at: found.at ?? next(),
    resource: found.resource,
  };
}

/** The events that a file tells by these columns, and how many of its rows tell none. */
export interface ReadLog {
  readonly events: readonly FiledEvent[];
  readonly unread: number;
}

/**
 * Reads the events of a file. A time without an offset is one on the clocks of `zone`; where days and months could be
 * either, days come first unless some day of the file says otherwise.
 */
export function readLogEvents({ rows }: LogFile, columns: LogColumns, zone: string): ReadLog {
  const cell = (row: readonly string[], at: number | undefined) => (at === undefined ? "" : (row[at] ?? "").trim());
  const monthFirst = rows.some((row) => /^\d{1,2}[./-](1[3-9]|2\d|3[01])[./-]/.test(cell(row, columns.at)));
  const hints = { dates: monthFirst ? ("mdy" as const) : ("dmy" as const), zone };
  const events = rows.flatMap((row): readonly FiledEvent[] => {
    const [name, activity] = [cell(row, columns.case), cell(row, columns.activity)];
    const at = readMoment(cell(row, columns.at), hints);
    const resource = cell(row, columns.resource);
    return name === "" || activity === "" || at === undefined
      ? []
      : [{ case: name, activity, at, ...(resource === "" ? {} : { resource }) }];
  });
  return { events, unread: rows.length - events.length };
}
