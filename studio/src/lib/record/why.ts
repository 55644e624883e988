import type { Right } from "engine";
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
      /** The name of the role's document. */
      readonly name?: string;
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

/** Some records: those in one of the scopes, under one of the conditions, or in several at once. */
interface RuleParts {
  readonly scopes: readonly (keyof typeof words.access.scopes)[];
  readonly conditions: readonly string[];
  readonly both: readonly (readonly RuleParts[])[];
}

/** What one of somebody's roles gives on records; on which is missing where that hangs on what the asker may not read. */
export interface Given extends Partial<RuleParts> {
  readonly role: string;
  /** The name of its document. */
  readonly name: string;
}

/** Whether something is given on a record, and what each role gives. */
export interface Verdict {
  readonly given: boolean;
  readonly by: readonly Given[];
}

/** What one person may do with a record. */
export interface Explained {
  readonly user: Named;
  readonly active: boolean;
  readonly sees: boolean;
  readonly because: readonly Reason[];
  readonly rights: Readonly<Record<Right, Verdict>>;
  readonly fields: Readonly<Record<string, { readonly read: Verdict; readonly write: Verdict }>>;
  readonly events: Readonly<Record<string, Verdict>>;
}

/** What a role gives as a person reads it. */
export function givesInWords({ role, ...parts }: Given): string {
  return words.seesByRole(role, partsInWords(parts) || words.access.unsaid);
}

function partsInWords({ scopes = [], conditions = [], both = [] }: Partial<RuleParts>): string {
  const ways = [
    ...scopes.map((scope) => words.access.scopes[scope]),
    ...conditions.map(words.access.where),
    ...both.map((parts) => parts.map(partsInWords).join(words.access.ofThese)),
  ];
  return ways.join(words.access.or);
}

/** Where the rights stand that a role gives on an entity. */
export const roleAddress = (role: string, entity: string) => `/design/roles?${new URLSearchParams({ role, entity })}`;
