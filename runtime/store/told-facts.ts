import { fault, refuse, type Fault } from "engine";
import type { Connection } from "../database/pool.ts";
import { recordFacts, type Recorded, type ToldFact } from "./facts.ts";
import type { Scene } from "./operation.ts";
import { isId, rightsOf } from "./records.ts";
import { lockRecords } from "./rows.ts";

/** So many at once, and so much each may bring along. */
const factsMost = 1000;
const bytesMost = 16_000;
/** Clocks elsewhere may be ahead by so much. */
const aheadMs = 300_000;

/** What only the engine tells of: the beginning of such types. */
const ownTypes = ["segment.", "score.", "consent.", "date."];
const typePattern = /^(?!xstate\.)[a-z][a-z0-9_]{0,39}(\.[a-z][a-z0-9_]{0,39})+$/;
const momentPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

/** A fact as somebody outside has told it, and where in her request. */
export interface Outside extends Omit<ToldFact, "subject"> {
  readonly entity: string;
  readonly record: string;
  readonly path: string;
}

/** Reads facts as a caller tells them; all that is wrong with them at once. */
export function readFacts(body: unknown, now: Date): readonly Outside[] {
  const many = Array.isArray(body);
  const given: readonly unknown[] = many ? body : [body];
  if (given.length > factsMost) refuse([fault("records.too_many", { most: factsMost })]);
  const faults: Fault[] = [];
  const read = given.map((one, at) => readFact(one, now, many ? `/${at}` : "", faults));
  refuse(faults.slice(0, 50));
  return read;
}

function readFact(given: unknown, now: Date, path: string, faults: Fault[]): Outside {
  const wrong = (name: string, wanted: string) =>
    void faults.push(fault("fact.malformed", { wanted, path: `${path}/${name}` }));
  const object = isObject(given);
  if (!object) faults.push(fault("fact.malformed", { wanted: "an object", path }));
  const { type, entity, record, at, source = "api", id, data = {}, ...others } = object ? given : {};
  const [own] = ownTypes.filter((it) => typeof type === "string" && type.startsWith(it));
  if (typeof type !== "string" || !typePattern.test(type)) wrong("type", "a name like `page.visited`");
  else if (own !== undefined) wrong("type", `another beginning than \`${own}\`, which is the engine's own`);
  if (typeof entity !== "string") wrong("entity", "the name of an entity");
  if (typeof record !== "string" || !isId(record)) wrong("record", "the id of a record");
  const moment = at === undefined ? now : new Date(typeof at === "string" && momentPattern.test(at) ? at : Number.NaN);
  if (Number.isNaN(moment.getTime()) || moment.getTime() > now.getTime() + aheadMs)
    wrong("at", "a moment with its zone that is over");
  if (!isName(source)) wrong("source", "a text of 100 signs at most");
  if (!isName(id)) wrong("id", "a text of 100 signs at most by which it is told apart");
  if (!isObject(data) || JSON.stringify(data).length > bytesMost)
    wrong("data", `an object of ${bytesMost} bytes at most`);
  for (const name of Object.keys(others)) wrong(name.slice(0, 80), "nothing of this name");
  // What is no text has its fault by now, and may be something of which none can be made.
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  return {
    type: text(type),
    entity: text(entity),
    record: text(record),
    at: moment,
    source: text(source),
    sourceId: text(id),
    data: data as Outside["data"],
    path,
  };
}

const isName = (value: unknown): value is string => typeof value === "string" && value !== "" && value.length <= 100;
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Records facts about records that their teller may change: all of them, or none. */
export async function tellFacts(
  tx: Connection,
  scene: Scene,
  told: readonly Outside[],
): Promise<readonly (Recorded & { readonly type: string })[]> {
  const faults: Fault[] = [];
  for (const [name, them] of Map.groupBy(told, ({ entity }) => entity)) {
    const { entity, access } = rightsOf(scene, name);
    const rows = await lockRecords(tx, scene, entity, {
      ids: [...new Set(them.map(({ record }) => record))].sort(),
      trash: "without",
      seen: access?.rule("read"),
      asked: { update: access?.rule("update") },
    });
    for (const { record, path } of them) {
      const row = rows.get(record);
      if (!row) faults.push(fault("record.missing", { entity: name, path: `${path}/record` }));
      else if (row._asked_update === false)
        faults.push(fault("right.missing", { right: "change this record", path: `${path}/record` }));
    }
  }
  refuse(faults);
  const recorded = await recordFacts(
    tx,
    scene,
    told.map(({ entity, record, path: _, ...fact }) => ({ ...fact, subject: { entity, record } })),
  );
  return recorded.map((one, at) => ({ ...one, type: told[at]!.type }));
}
