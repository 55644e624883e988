/** Where a problem lies and what would mend it. `path` is a JSON Pointer into what the caller sent. */
export interface Place {
  readonly path?: string;
  readonly hint?: string;
}

interface Known {
  readonly status: 400 | 401 | 403 | 404 | 409 | 410 | 412 | 413 | 415 | 422 | 428 | 429 | 503;
  readonly detail: (at: any) => string;
}

/** Every problem that the product knows: `<thing>.<fault>`, its HTTP status and its sentence. */
const known = {
  "entity.unknown": { status: 404, detail: (at: { entity: string }) => `There is no entity "${at.entity}".` },
  "field.unknown": {
    status: 400,
    detail: (at: { entity: string; field: string }) => `"${at.entity}" has no field "${at.field}".`,
  },
  "field.read_only": {
    status: 422,
    detail: (at: { field: string }) => `"${at.field}" is not written by hand.`,
  },
  "record.missing": { status: 404, detail: (at: { entity: string }) => `There is no such record of "${at.entity}".` },
  "csv.empty": { status: 422, detail: () => "The file has no head and no rows." },
  "csv.malformed": {
    status: 422,
    detail: (at: { line: number; fault: string }) => `The file cannot be read from line ${at.line} on: ${at.fault}`,
  },
  "csv.column_twice": {
    status: 422,
    detail: (at: { column: string }) => `The column "${at.column}" stands in the head twice.`,
  },
  "csv.encoding_unknown": { status: 422, detail: (at: { encoding: string }) => `There is no encoding "${at.encoding}".` },
  "file.too_large": {
    status: 413,
    detail: (at: { bytesMax: number }) => `A file may have ${Math.floor(at.bytesMax / 1_000_000)} MB at most.`,
  },
  "file.missing": { status: 404, detail: () => "There is no such file." },
  "import.missing": { status: 404, detail: () => "There is no such import." },
  "import.plan_malformed": { status: 422, detail: (at: { wanted: string }) => `The plan wants ${at.wanted} here.` },
  "import.match_unmapped": {
    status: 422,
    detail: (at: { field: string }) => `Rows are matched by "${at.field}", but no column goes there.`,
  },
  "import.column_missing": { status: 422, detail: (at: { column: string }) => `The file has no column "${at.column}".` },
  "import.not_ready": {
    status: 409,
    detail: (at: { status: string }) => `The import is ${at.status}; it runs from a rehearsal only.`,
  },
} as const satisfies Record<string, Known>;

export type ProblemCode = keyof typeof known;
type Details<Code extends ProblemCode> = Parameters<(typeof known)[Code]["detail"]>[0];

/** One fault as it is told to the caller. */
export interface Fault {
  readonly code: ProblemCode;
  readonly status: Known["status"];
  readonly detail: string;
  readonly path: string;
  readonly hint?: string;
}

/** One fault, as a value: checks collect these. */
export function fault<Code extends ProblemCode>(code: Code, at: Details<Code> & Place): Fault {
  const { status, detail } = known[code] as Known;
  return { code, status, detail: detail(at), path: at.path ?? "", ...(at.hint === undefined ? {} : { hint: at.hint }) };
}

/** What the caller can mend. Carries all faults that were found; the first one gives status and code. */
export class Problem extends Error {
  readonly faults: readonly [Fault, ...Fault[]];

  constructor(faults: readonly [Fault, ...Fault[]]) {
    super(faults.map(({ detail }) => detail).join(" "));
    this.name = "Problem";
    this.faults = faults;
  }
}

/** A problem with one fault, to be thrown. */
export function problem<Code extends ProblemCode>(code: Code, at: Details<Code> & Place): Problem {
  return new Problem([fault(code, at)]);
}

/** Throws all faults at once, where there are any. */
export function refuse(faults: readonly Fault[]): void {
  const [first, ...rest] = faults;
  if (first) throw new Problem([first, ...rest]);
}
