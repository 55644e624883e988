/** How the rows of a group stand together. */
export type How = "all" | "any";

/** A condition that stands by itself: its expression. */
export interface Leaf {
  readonly cel: string;
}

export interface Group {
  readonly how: How;
  readonly rows: readonly Row[];
}

export type Row = Leaf | Group;

/** The way from the root to a row, by places; the root is the empty one. */
export type At = readonly number[];

/** How deep groups stand in each other, the root counted; what lies deeper stays an expression. */
export const deepest = 3;

export const isGroup = (row: Row): row is Group => "rows" in row;

const other = (how: How): How => (how === "all" ? "any" : "all");

/**
 * A condition as rows, so that `textOf` gives an expression of the same meaning. What rows cannot show stays an
 * expression in one of them. Nothing where the text is none that could be cut: a bracket or a quote is left open, a
 * part is empty, a comment or a raw text stands in it.
 */
export function readRows(text: string): Group | undefined {
  const whole = text.trim();
  if (whole === "") return { how: "all", rows: [] };
  const cut = cutUp(whole);
  if (cut?.how === "all" || cut?.how === "any") return groupOf(cut.how, cut.parts, 1);
  const row = readRow(whole, "all", 2);
  return row && { how: "all", rows: [row] };
}

/** The expression of rows. */
export function textOf({ how, rows }: Group): string {
  return rows.map((row) => (isGroup(row) ? `(${textOf(row)})` : row.cel)).join(how === "all" ? " && " : " || ");
}

/** What must all hold where an expression does; one that cannot be cut stands as it is. */
export function conjuncts(text: string): readonly Row[] {
  const root = readRows(text);
  if (!root) return [{ cel: `(${text}\n)` }];
  return root.how === "all" ? root.rows : [root];
}

/** A group of parts; in one alone it does not matter how its rows stand together, so it is told apart by being the other. */
function groupOf(how: How, parts: readonly string[], depth: number): Group | undefined {
  const rows = parts.flatMap((part) => readRow(part, how, depth + 1) ?? []);
  return rows.length === parts.length ? { how, rows } : undefined;
}

function readRow(text: string, around: How, depth: number): Row | undefined {
  const cut = cutUp(text);
  if (!cut) return undefined;
  if (cut.how === "choice") return { cel: `(${text})` };
  if (cut.how !== "one") return depth > deepest ? { cel: `(${text})` } : groupOf(cut.how, cut.parts, depth);
  const inside = cut.wrapped ? cutUp(text.slice(1, -1).trim()) : undefined;
  if (cut.wrapped && !inside) return undefined;
  if (!inside || inside.how === "choice" || depth > deepest) return { cel: text };
  return groupOf(inside.how === "one" ? other(around) : inside.how, inside.parts, depth);
}

interface Cut {
  /** What holds the parts together: nothing where there is one alone, `choice` where a `?:` is outermost. */
  readonly how: How | "one" | "choice";
  readonly parts: readonly string[];
  /** One pair of brackets stands around all of it. */
  readonly wrapped: boolean;
}

const tokens = /[rRbB]{0,2}'(?:\\.|[^'\\])*'|[rRbB]{0,2}"(?:\\.|[^"\\])*"|\w+|&&|\|\||\/\/|[\s\S]/g;

/** A comment, a quote left open, a raw text, a text in three quotes: what follows could be anything. */
const isUncut = (token: string, next: string | undefined): boolean =>
  /^(\/\/|['"])$/.test(token) || /^[rRbB]+['"]/.test(token) || (/^(''|"")$/.test(token) && next === token[0]);

/** An expression cut where it is joined outermost; nothing where it cannot be cut. */
function cutUp(text: string): Cut | undefined {
  let depth = 0;
  let closed = 0;
  let choice = false;
  const joints: { readonly how: How; readonly from: number }[] = [];
  for (const { 0: token, index } of text.matchAll(tokens)) {
    if (isUncut(token, text[index + token.length])) return undefined;
    if (/^[([{]$/.test(token)) depth++;
    if (/^[)\]}]$/.test(token) && --depth === 0) closed++;
    if (depth < 0) return undefined;
    if (depth > 0) continue;
    if (token === "?") choice = true;
    if (token === "&&" || token === "||") joints.push({ how: token === "&&" ? "all" : "any", from: index });
  }
  if (depth !== 0) return undefined;
  const how = choice ? "choice" : joints.some((it) => it.how === "any") ? "any" : joints.length > 0 ? "all" : "one";
  const own = joints.filter((it) => it.how === how);
  const starts = [0, ...own.map(({ from }) => from + 2)];
  const parts = starts.map((start, at) => text.slice(start, own[at]?.from).trim());
  if (parts.includes("")) return undefined;
  return { how, parts, wrapped: how === "one" && closed === 1 && /^\([\s\S]*\)$/.test(text) };
}

/** Rows as reading gives them: no empty groups, and a group of one stands the other way round than what is around it. */
function settled(root: Group): Group {
  const rows = root.rows.flatMap((row) => settledRow(row, root.how));
  return { how: rows.length < 2 ? "all" : root.how, rows: rows.length === 1 ? reversed(rows) : rows };
}

/** What stands in a root of one row stands in an `all`. */
function reversed(rows: readonly Row[]): readonly Row[] {
  return rows.flatMap((row) => settledRow(row, "all"));
}

function settledRow(row: Row, around: How): readonly Row[] {
  if (!isGroup(row)) return [row];
  const rows = row.rows.flatMap((it) => settledRow(it, row.rows.length === 1 ? other(around) : row.how));
  if (rows.length === 0) return [];
  const how = rows.length === 1 ? other(around) : row.how;
  return [{ how, rows: rows.length === row.rows.length ? rows : rows.flatMap((it) => settledRow(it, how)) }];
}

/** The row at a place; nothing where there is none. */
export function rowAt(root: Group, at: At): Row | undefined {
  return at.reduce<Row | undefined>((row, index) => (row && isGroup(row) ? row.rows[index] : undefined), root);
}

/** The group at a place with others in the place of its rows. */
function inGroup(root: Group, at: At, change: (rows: readonly Row[]) => readonly Row[]): Group {
  const [first, ...rest] = at;
  if (first === undefined) return { ...root, rows: change(root.rows) };
  return {
    ...root,
    rows: root.rows.map((row, index) => (index === first && isGroup(row) ? inGroup(row, rest, change) : row)),
  };
}

/** A row replaced by others, or by none. */
function replaced(root: Group, at: At, by: (row: Row) => readonly Row[]): Group {
  const place = at.at(-1)!;
  return settled(
    inGroup(root, at.slice(0, -1), (rows) => rows.flatMap((row, index) => (index === place ? by(row) : [row]))),
  );
}

/** One condition more at the end of a group; in a group of its own where that is wanted. */
export function withCondition(root: Group, at: At, cel: string, grouped = false): Group {
  const row: Row = grouped ? { how: "any", rows: [{ cel }] } : { cel };
  return settled(inGroup(root, at, (rows) => [...rows, row]));
}

export const withText = (root: Group, at: At, cel: string): Group => replaced(root, at, () => [{ cel }]);

export const without = (root: Group, at: At): Group => replaced(root, at, () => []);

/** A group whose rows stand together the other way. */
export function turned(root: Group, at: At): Group {
  const turn = (group: Group): Group => ({ ...group, how: other(group.how) });
  if (at.length === 0) return settled(turn(root));
  return replaced(root, at, (row) => [isGroup(row) ? turn(row) : row]);
}

/** The rows of a group in its place. */
export const dissolved = (root: Group, at: At): Group => replaced(root, at, (row) => (isGroup(row) ? row.rows : [row]));

const heightOf = (row: Row): number => (isGroup(row) ? 1 + Math.max(0, ...row.rows.map(heightOf)) : 0);

/** Whether a row may stand in a group where it stands now. */
export function canGroup(root: Group, at: At): boolean {
  const row = rowAt(root, at);
  return row !== undefined && at.length > 0 && at.length + 1 + heightOf(row) <= deepest;
}

/** What came of a move: the rows, and where the moved one stands. */
export interface Moved {
  readonly root: Group;
  readonly at: At;
}

/** A row some places up or down among its like. */
export function shifted(root: Group, at: At, by: number): Moved {
  const place = at.at(-1)!;
  const holder = rowAt(root, at.slice(0, -1));
  const to = place + by;
  if (!holder || !isGroup(holder) || to < 0 || to >= holder.rows.length) return { root, at };
  const change = (rows: readonly Row[]) => {
    const others = rows.filter((_, index) => index !== place);
    return others.toSpliced(to, 0, rows[place]!);
  };
  return { root: settled(inGroup(root, at.slice(0, -1), change)), at: [...at.slice(0, -1), to] };
}

/** A row in the group before it, else in one of its own. */
export function grouped(root: Group, at: At): Moved {
  const row = rowAt(root, at);
  if (!row || !canGroup(root, at)) return { root, at };
  const [holder, place] = [at.slice(0, -1), at.at(-1)!];
  const before = rowAt(root, [...holder, place - 1]);
  if (!before || !isGroup(before))
    return { root: replaced(root, at, () => [{ how: "any", rows: [row] }]), at: [...at, 0] };
  const put = inGroup(root, [...holder, place - 1], (rows) => [...rows, row]);
  return { root: replaced(put, at, () => []), at: [...holder, place - 1, before.rows.length] };
}

/** A row out of its group, behind it. */
export function ungrouped(root: Group, at: At): Moved {
  const row = rowAt(root, at);
  const holder = rowAt(root, at.slice(0, -1));
  if (!row || !holder || !isGroup(holder) || at.length < 2) return { root, at };
  const [above, place] = [at.slice(0, -2), at.at(-2)!];
  const left = inGroup(root, at.slice(0, -1), (rows) => rows.filter((_, index) => index !== at.at(-1)));
  const put = inGroup(left, above, (rows) => rows.toSpliced(place + 1, 0, row));
  return { root: settled(put), at: [...above, holder.rows.length === 1 ? place : place + 1] };
}
