import {
  changedFields,
  fault,
  formOf,
  hasWorkedDefaults,
  planWrite,
  problem,
  readNew,
  readPatch,
  refuse,
  step,
  workedDefaults,
  type Entity,
  type EntityAccess,
  type Fault,
  type Field,
  type Pointer,
  type ReadValues,
  type RecordForm,
  type RowRule,
  type Values,
} from "engine";
import type { Connection } from "../database/pool.ts";
import { newId } from "../id.ts";
import { writingOf, type Scene } from "./operation.ts";
import { isId, rightsOf } from "./records.ts";
import { entityOf, lockRecords } from "./rows.ts";
import { environmentOf } from "./rules.ts";
import { beginRuns } from "./begin-runs.ts";
import { machineFor, movedValues, readRuns, snapshotOf, surroundings } from "./run.ts";
import { plain } from "./step.ts";

/** A form as it stands: of a new record, or of one that is changed or moved. */
export interface FormRequest {
  readonly id?: string;
  readonly values: Values;
  /** The event that is sent with the values. */
  readonly event?: string;
}

/** Reads a request; tells all that is wrong with it at once. */
export function readForm(body: Readonly<Record<string, unknown>>): FormRequest {
  const faults: Fault[] = [];
  const wanted = (right: boolean, wanted: string, path: string) =>
    right || faults.push(fault("form.malformed", { wanted, path }));
  const { id, values = {}, event, ...others } = body;
  for (const name of Object.keys(others)) faults.push(fault("query.unknown", { name, path: `/${name}` }));
  wanted(id === undefined || typeof id === "string", "the id of a record", "/id");
  wanted(typeof values === "object" && values !== null && !Array.isArray(values), "values by field name", "/values");
  wanted(event === undefined || typeof event === "string", "the type of an event", "/event");
  wanted(event === undefined || id !== undefined, "the `id` of the record that the event is sent to", "/event");
  refuse(faults);
  return { ...body, values: values as Values };
}

/**
 * What a form does with its fields as it stands, worked out on what a write would make of it and stored by nobody. What
 * is half typed, and what the caller may not write or point at, counts as not entered.
 */
export async function formFor(
  tx: Connection,
  scene: Scene,
  name: string,
  { id, values, event }: FormRequest,
): Promise<RecordForm> {
  const { entity, access } = rightsOf(scene, name);
  if (id === undefined) {
    if (access?.rule("create").kind === "none")
      throw problem("right.missing", { right: `create records of "${entity.name}"` });
    return told(tx, scene, entity, await made(tx, scene, entity, values));
  }
  const before = await looked(tx, scene, entity, access, id);
  const given = readPatch({ model: scene.model, entity, access, path: "/values" }, values);
  const unwritable = given.conditional.filter((field) => before[`_asked_write_${field.name}`] === false);
  const entered = await pointed(tx, scene, entity, plain(before), held(given, unwritable));
  const { after, asked } =
    event === undefined
      ? { after: entered, asked: [] }
      : await moved(tx, scene, entity, { before: plain(before), entered, event });
  const write = { act: "update", entity: name, id, before: plain(before), after } as const;
  const { record } = planWrite(entity, write, writingOf(scene));
  const masked = [...entity.fields.keys()].filter((field) => before[`_asked_read_${field}`] === false);
  const { fields, sections } = await told(tx, scene, entity, record, plain(before));
  const readable = Object.entries(fields).filter(([field]) => !masked.includes(field));
  const wanted = readable.map(([field, form]) => [field, asked.includes(field) ? { ...form, required: true } : form]);
  return { fields: Object.fromEntries(wanted) as RecordForm["fields"], sections };
}

async function told(
  tx: Connection,
  scene: Scene,
  entity: Entity,
  record: Values,
  before?: Values,
): Promise<RecordForm> {
  const around = await environmentOf(tx, scene, entity, before ? [before, record] : [record]);
  const environment = { ...around, record };
  return formOf(scene.model, entity, scene.access?.entity(entity.name), { environment, ...(before ? { before } : {}) });
}

/** The record as it stands, with what the caller may read and write of it. It is not locked. */
async function looked(
  tx: Connection,
  scene: Scene,
  entity: Entity,
  access: EntityAccess | undefined,
  id: string,
): Promise<Values> {
  const asked = [...entity.fields.values()].flatMap((field): readonly (readonly [string, RowRule | undefined])[] => [
    [`read_${field.name}`, some(access?.readable(field))],
    [`write_${field.name}`, some(access?.writable(field, "update"))],
  ]);
  const rows = await lockRecords(tx, scene, entity, {
    ids: isId(id) ? [id] : [],
    trash: "with",
    seen: access?.rule("read"),
    asked: Object.fromEntries(asked),
    loose: true,
  });
  const record = rows.get(id);
  if (!record) throw problem("record.missing", { entity: entity.name });
  return record;
}

/** A rule that says yes of some records: what it says of none or of all needs no question. */
const some = (rule: RowRule | undefined) => (rule?.kind === "any" ? rule : undefined);

/** What a new record would be: with defaults, and in the state where its run begins. */
async function made(tx: Connection, scene: Scene, entity: Entity, values: Values): Promise<Values> {
  const { model } = scene;
  const access = scene.access?.entity(entity.name);
  const given = held(readNew({ model, entity, access, path: "/values" }, values));
  const entered = await pointed(tx, scene, entity, {}, given);
  const worked = hasWorkedDefaults(model, entity)
    ? workedDefaults(model, entity, { ...(await environmentOf(tx, scene, entity, [entered])), record: entered })
    : {};
  const write = { act: "create", entity: entity.name, id: newId(scene.now), after: { ...entered, ...worked } } as const;
  const { record } = planWrite(entity, write, writingOf(scene));
  const { records, faults } = await beginRuns(tx, scene, entity, [record]);
  refuse([...faults.values()].flat());
  return records[0] ?? record;
}

/** The record as it stands, what was entered, and the event that is sent with it. */
interface Sent {
  readonly before: Values;
  readonly entered: Values;
  readonly event: string;
}

/** What was entered and what the event makes of it, and the fields that are asked for on the way. */
async function moved(
  tx: Connection,
  scene: Scene,
  entity: Entity,
  { before, entered, event }: Sent,
): Promise<{ readonly after: Values; readonly asked: readonly string[] }> {
  const machine = machineFor(scene, entity);
  const id = String(before.id);
  const run = machine && (await readRuns(tx, scene, machine.id, [id])).get(id);
  if (!machine || !run) throw problem("run.missing", {});
  const known = Object.hasOwn(machine.document.meta.events, event);
  if (known && scene.access?.entity(entity.name)?.event(event).kind === "none")
    throw problem("right.missing", { right: `send "${event}" to this record`, path: "/event" });
  const record = { ...before, ...entered };
  const around = await surroundings(tx, scene, machine, [record]);
  const taken = step(machine, snapshotOf(run), { type: event }, { ...around, record });
  const asked = [...machine.forms(taken.taken), ...taken.requires];
  return { after: { ...entered, ...movedValues(scene, machine, taken) }, asked };
}

/** Values that hold by themselves and that the caller may write. A field that is not there is refused. */
function held({ values, faults }: ReadValues, unwritable: readonly Field[] = []): Values {
  refuse(faults.filter(({ code }) => code === "field.unknown"));
  const wrong = new Set(unwritable.map(({ name }) => name));
  return Object.fromEntries(Object.entries(values).filter(([name]) => !wrong.has(name)));
}

/** Without references to records that the caller does not see: what stands in those is not told by a condition either. */
async function pointed(tx: Connection, scene: Scene, entity: Entity, before: Values, values: Values): Promise<Values> {
  const pointing = changedFields(entity, before, values).flatMap((field) => {
    const value = values[field.name] as string | Pointer | null;
    if (field.targets.length === 0 || value === null) return [];
    const { entity: to, id } = typeof value === "string" ? { entity: field.targets[0] ?? "", id: value } : value;
    return [{ field, to, id }];
  });
  const blind = new Set<string>();
  for (const [name, them] of Map.groupBy(pointing, ({ to }) => to)) {
    const seen: RowRule = scene.access?.entity(name)?.rule("read") ?? { kind: scene.access ? "none" : "all" };
    const ids = [...new Set(them.map(({ id }) => id))];
    const rows = await lockRecords(tx, scene, entityOf(scene, name), { ids, trash: "without", seen, loose: true });
    for (const { field, id } of them) if (!rows.has(id)) blind.add(field.name);
  }
  return Object.fromEntries(Object.entries(values).filter(([name]) => !blind.has(name)));
}
