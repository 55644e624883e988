import { sql } from "kysely";
import type { Piece } from "./write.ts";

/** What a compiled statement leaves open until it is run: who asks, when, which records, behind which row, what is written. */
export type SlotName =
  | "user"
  | "now"
  | "today"
  | "record"
  | `after${number}`
  | `ids${number}`
  | `cell${number}_${number}`
  | `circle ${string}`;

const cellNames: `cell${number}_${number}`[][] = [];

/** What the slot of a column of rows is called. Names are made once: each is looked up for every row that is written. */
export function cellName(rows: number, at: number): `cell${number}_${number}` {
  const own = (cellNames[rows] ??= []);
  return (own[at] ??= `cell${rows}_${at}`);
}

/** What slots stand for. Who asks and when is always known; the rest where a statement asks for it. */
export type SlotValues = Readonly<Record<"user" | "now" | "today", unknown>> &
  Readonly<Partial<Record<SlotName, unknown>>>;

/** The place of a value that is filled in when the statement is run, so that one text serves everybody. */
export class Slot {
  readonly name: SlotName;

  constructor(name: SlotName) {
    this.name = name;
  }
}

/** A value of the row behind which a page begins: the keys of its order, and at last its id. */
export const afterSlot = (at: number): Piece => sql`${new Slot(`after${at}`)}`;
/** Ids of records. A statement may have several lists of them. */
export const idsSlot = (at = 0): Piece => sql`${new Slot(`ids${at}`)}::uuid[]`;
/** A column of rows, by the numbers of the rows and of the column: see `cellSlots`. */
export const cellSlot = (rows: number, at: number, type: string): Piece =>
  sql`${new Slot(cellName(rows, at))}::${sql.raw(type)}`;
/** Ids that were found for the reader before, as the text of an array. */
export const circleSlot = (name: `circle ${string}`): Piece => sql`${new Slot(name)}::uuid[]`;
export const recordSlot: Piece = sql`${new Slot("record")}::uuid`;
export const userSlot: Piece = sql`${new Slot("user")}::uuid`;
export const nowSlot: Piece = sql`${new Slot("now")}::timestamptz`;
export const todaySlot: Piece = sql`${new Slot("today")}::date`;

/** The parameters of a statement with its slots filled, those that `more` knows from there. */
export function bind(
  parameters: readonly unknown[],
  values: SlotValues,
  more: Partial<SlotValues> = {},
): readonly unknown[] {
  return parameters.map((parameter) =>
    parameter instanceof Slot ? (parameter.name in more ? more : values)[parameter.name] : parameter,
  );
}
