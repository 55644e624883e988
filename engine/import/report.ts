/** One kind of trouble in a file, with how often it occurs. */
export interface ImportProblem {
  readonly column: string;
  readonly value: string;
  /** How many rows have it, and the first of them; the row after the head is row 1. */
  readonly rows: number;
  readonly first: number;
  readonly code: string;
  readonly detail: string;
  readonly suggestions: readonly string[];
}

/** What an import has done so far, or would do. */
export interface ImportReport {
  readonly rows: number;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly rejected: number;
  /** Records of other entities that were made because rows name them, by the entity. */
  readonly also: Readonly<Record<string, number>>;
  readonly problems: readonly ImportProblem[];
}

export const emptyReport: ImportReport = {
  rows: 0,
  created: 0,
  updated: 0,
  unchanged: 0,
  rejected: 0,
  also: {},
  problems: [],
};

/** Different troubles that are told apart; what comes after is counted in `rejected` alone. */
const problemsMax = 500;

/** Adds what a batch of rows came to. Troubles with the same column, value and code become one. */
export function addToReport(report: ImportReport, batch: ImportReport): ImportReport {
  const byKind = new Map(report.problems.map((it) => [kindOf(it), it]));
  for (const it of batch.problems) {
    const known = byKind.get(kindOf(it));
    if (known) byKind.set(kindOf(it), { ...known, rows: known.rows + it.rows });
    else if (byKind.size < problemsMax) byKind.set(kindOf(it), it);
  }
  return {
    rows: report.rows + batch.rows,
    created: report.created + batch.created,
    updated: report.updated + batch.updated,
    unchanged: report.unchanged + batch.unchanged,
    rejected: report.rejected + batch.rejected,
    also: added(report.also, batch.also),
    problems: [...byKind.values()].sort((one, other) => other.rows - one.rows || one.first - other.first),
  };
}

const added = (sofar: ImportReport["also"], more: ImportReport["also"]) =>
  Object.fromEntries(
    [...new Set([...Object.keys(sofar), ...Object.keys(more)])].map((name) => [
      name,
      (sofar[name] ?? 0) + (more[name] ?? 0),
    ]),
  );

const kindOf = ({ column, value, code }: ImportProblem) => JSON.stringify([column, value, code]);
