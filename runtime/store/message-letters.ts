import {
  addressField,
  languageOfMessage,
  messageIn,
  messageReading,
  modelFor,
  type MessageReading,
  type Model,
} from "engine";
import { bind, lettersStatement } from "engine/sql";
import type { Choice, MessageDocument } from "schemas";
import type { Queryable } from "../database/pool.ts";
import { formOf, type MessageForm } from "../mail/message-form.ts";
import type { Values } from "../mail/put-in.ts";
import type { Workspace } from "../workspace.ts";
import { small } from "./mails.ts";
import { slotsOf, type ReadScene } from "./read.ts";
import { engineItself } from "./operation.ts";

/** What a message becomes for one record. */
export interface Readied {
  /** The message in the language of its receiver. */
  readonly document: MessageDocument;
  readonly language: string;
  readonly form: MessageForm;
  readonly address: string | null;
  /** Her time zone as the record names it, whether there is such or not; without it nothing is said. */
  readonly zone: unknown;
  readonly values: Values;
  /** The values that the text needs and that are empty, by their paths. */
  readonly missing: readonly string[];
}

export type Checked =
  ReturnType<typeof messageReading>["variables"] extends ReadonlyMap<string, infer One> ? One : never;

/** By which model records are read for a message, when, and by whose rights: without access by none. */
export interface Readying {
  readonly workspace: Workspace;
  readonly model: Model;
  readonly now: Date;
  readonly access?: ReadScene["access"] | undefined;
  readonly principal?: ReadScene["principal"];
  /** In which language; without it in that of each receiver. */
  readonly language?: string | undefined;
}

interface Row {
  readonly id: string;
  readonly address: string | null;
  readonly v: readonly unknown[];
  readonly c: readonly boolean[];
}

/** Reads for a message what it says to some records, all with one statement; those that are not there are left out. */
export async function readyLetters(
  db: Queryable,
  readying: Readying,
  document: MessageDocument,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Readied>> {
  const { workspace, model, now, access, principal = engineItself } = readying;
  const entity = model.entities.get(document.entity);
  const address = addressField(model, document);
  if (!entity || !address) return new Map();
  const { variables, conditions, speaks, zone } = messageReading(model, document);
  const beside = [speaks, zone].filter((it) => it !== undefined);
  const statement = lettersStatement(
    { model, schema: workspace.schema, access },
    {
      entity,
      address,
      variables: [...variables.values(), ...beside],
      conditions: [...conditions.values()],
    },
  );
  const slots = { ...slotsOf({ model, principal, now }), ids0: ids };
  const { rows } = await db.query(statement.sql, [...bind(statement.parameters, slots)]);
  const at = (it: Checked | undefined) => (it ? variables.size + beside.indexOf(it) : -1);
  const spoken = await languagesOf(db, readying, document, { rows, at: at(speaks) });
  const paths = [...variables.keys()];
  const readied = new Map<string, Readied>();
  for (const [language, them] of Map.groupBy(rows as readonly Row[], ({ id }) => spoken(id))) {
    const said = messageIn(document, language);
    const form = await formOf(db, workspace.schema, said, { language, now });
    const reading = messageReading(modelFor(model, { languages: [language] }), said);
    const one = wording(model, reading, { paths, blocks: [...conditions.keys()], language });
    for (const row of them)
      readied.set(row.id, {
        ...{ document: said, language, form, address: row.address, zone: row.v[at(zone)] },
        ...one(row),
      });
  }
  return readied;
}

/**
 * The language of each receiver of a message: what she has chosen by a link of a mail, else what her record says, else
 * the message's own.
 */
async function languagesOf(
  db: Queryable,
  { workspace, model, language }: Readying,
  document: MessageDocument,
  { rows, at }: { readonly rows: readonly Row[]; readonly at: number },
): Promise<(id: string) => string> {
  const usual = model.workspace.languages[0] ?? "en";
  const own = languageOfMessage(document, [language], usual);
  if (language !== undefined || !document.languages) return () => own;
  const addressOf = ({ address }: Row) => small(address ?? "");
  const { rows: chosen } = await db.query(
    `select address, language from ${workspace.schema}._mail_choice where address = any($1::text[]) and language is not null`,
    [rows.map(addressOf)],
  );
  const choices = new Map((chosen as { address: string; language: string }[]).map((it) => [it.address, it.language]));
  const spoken = new Map(
    rows.map((row) => [row.id, languageOfMessage(document, [choices.get(addressOf(row)), row.v[at]], usual)]),
  );
  return (id) => spoken.get(id) ?? own;
}

/** How the values of rows are written in one language, and which of those that it needs are empty. */
function wording(
  model: Model,
  { variables, needed }: MessageReading,
  { paths, blocks, language }: { paths: readonly string[]; blocks: readonly string[]; language: string },
): (row: Row) => Pick<Readied, "values" | "missing"> {
  const zone = model.workspace.time_zone;
  return ({ v, c }) => {
    const holds = new Map(blocks.map((block, at) => [block, c[at] === true]));
    const values: Record<string, unknown> = {};
    const empty = new Set<string>();
    for (const [at, path] of paths.entries()) {
      const checked = variables.get(path);
      if (!checked) continue;
      const value = v[at] ?? null;
      if (value === null || value === "") empty.add(path);
      place(values, path.split("."), written(model, checked, value, { language, zone }));
    }
    for (const [block, it] of holds) values[`when_${block}`] = it;
    const shown = (under: (typeof needed)[number]["under"]) =>
      under.every(({ block, holds: wanted }) => (holds.get(block) ?? false) === wanted);
    const missing = [...new Set(needed.flatMap(({ path, under }) => (empty.has(path) && shown(under) ? [path] : [])))];
    return { values, missing };
  };
}

/** Puts a value where its path leads. A record's own name and what lies behind it may both be named: `owner`, `owner.name`. */
export function place(values: Record<string, unknown>, [step = "", ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    if (!Object.hasOwn(values, step)) values[step] = value;
    return;
  }
  const inner =
    Object.hasOwn(values, step) && typeof values[step] === "object" && values[step] !== null ? values[step] : {};
  values[step] = inner;
  place(inner as Record<string, unknown>, rest, value);
}

/** A value as people write it. */
export function written(
  model: Model,
  { type, paths }: Checked,
  value: unknown,
  { language, zone }: { language: string; zone: string },
) {
  if (value === null) return null;
  if (type.kind === "money") {
    const { amount, currency } = value as { amount: string; currency: string };
    return new Intl.NumberFormat(language, { style: "currency", currency }).format(Number(amount));
  }
  if (type.kind === "number")
    return new Intl.NumberFormat(language, { maximumFractionDigits: 6 }).format(Number(value));
  if (type.kind === "date")
    return dated(`${String(value)}T00:00:00Z`, language, { dateStyle: "long", timeZone: "UTC" });
  if (type.kind === "moment")
    return dated(String(value), language, { dateStyle: "long", timeStyle: "short", timeZone: zone });
  if (type.kind !== "choice") return String(value);
  const field = paths[0]?.at(-1)?.field;
  const choices = field?.property.choices as readonly Choice[] | undefined;
  return choices?.find((it) => it.value === value)?.title ?? String(value);
}

const dated = (moment: string, language: string, options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat(language, options).format(new Date(moment));
