import { sql } from "kysely";
import type { Piece } from "./write.ts";

/** What a compiled statement leaves open until it is run: who asks, and when. */
export type SlotName = "user" | "now" | "today";

/** The place of a value that is filled in when the statement is run, so that one text serves everybody. */
export class Slot {
  readonly name: SlotName;

  constructor(name: SlotName) {
    this.name = name;
  }
}

export const userSlot: Piece = sql`${new Slot("user")}::uuid`;
export const nowSlot: Piece = sql`${new Slot("now")}::timestamptz`;
export const todaySlot: Piece = sql`${new Slot("today")}::date`;

/** The parameters of a statement with its slots filled. */
export function bind(parameters: readonly unknown[], values: Readonly<Record<SlotName, unknown>>): readonly unknown[] {
  return parameters.map((parameter) => (parameter instanceof Slot ? values[parameter.name] : parameter));
}
