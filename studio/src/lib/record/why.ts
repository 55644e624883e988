import { moment, type Reader } from "#lib/format.ts";
import { words } from "#lib/words/index.ts";

interface Named {
  readonly id: string;
  readonly name: string;
}

/** A person or a team that a record is shared with. */
export interface Grantee extends Named {
  readonly kind: "user" | "team";
}

export type Level = keyof typeof words.levels;

/** Why somebody sees a record, as `GET …/access` tells it. */
export type Reason =
  | {
      readonly by: "role";
      readonly role?: string;
      readonly standing: keyof typeof words.standings;
      readonly condition?: string;
    }
  | {
      readonly by: "share";
      readonly level: Level;
      readonly with: Grantee | null;
      readonly from: Named | null;
      readonly through?: { readonly name: string | null };
    }
  | { readonly by: "delegation"; readonly for: Named; readonly until: string };

export interface Seer {
  readonly user: Named;
  readonly because: readonly Reason[];
}

/** A reason as a person reads it. */
export function inWords(reason: Reason, reader: Reader): string {
  if (reason.by === "delegation") return words.actsFor(reason.for.name, moment(reason.until, reader));
  if (reason.by === "role") {
    const why = reason.condition ?? words.standings[reason.standing];
    return reason.role === undefined ? why : words.seesByRole(reason.role, why);
  }
  const [from, level] = [reason.from?.name ?? "Trellis", words.levels[reason.level]];
  const why =
    reason.with?.kind === "team"
      ? words.seesByTeamShare(from, reason.with.name, level)
      : words.seesByShare(from, level);
  return reason.through?.name ? words.throughParent(why, reason.through.name) : why;
}
