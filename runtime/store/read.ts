import { dayIn, planList, planShape, problem, type Access, type ListPlan, type Model, type Principal } from "engine";
import {
  afterValues,
  bind,
  Circle,
  countOf,
  countStatement,
  fewOf,
  hasEmptyTail,
  holdersStatement,
  isWide,
  listStatement,
  mayEstimate,
  recordStatement,
  type After,
  type CompiledStatement,
  type PlanNode,
  type Reader,
  type SlotValues,
  type Sought,
} from "engine/sql";
import { sqlState } from "../database/begin.ts";
import type { Workspace } from "../workspace.ts";
import { cursorKey, openCursor, sealCursor } from "./cursor.ts";
import { largeTables } from "./large.ts";
import { named, type NamedStatement } from "./named.ts";
import { once } from "./once.ts";
import { isId } from "./records.ts";

/** Who reads, by which model, and when. */
export interface ReadScene {
  readonly workspace: Workspace;
  readonly model: Model;
  readonly access: Access;
  readonly principal: Principal;
  readonly now: Date;
  /** Nobody waits for what is read: it has the time that it takes. */
  readonly unhurried?: true;
}

/** What the slots of statements stand for in this scene. */
export function slotsOf({ model, principal, now }: Pick<ReadScene, "model" | "principal" | "now">): SlotValues {
  return { user: principal.id, now: now.toISOString(), today: dayIn(model.workspace.time_zone, now) };
}

/** For whom the statements of a scene read. */
export const readerOf = ({ workspace, model, access, now }: ReadScene): Reader => ({
  model,
  schema: workspace.schema,
  access,
  year: now.getUTCFullYear(),
});

/** The rows of a statement, its slots filled from the scene. */
export async function rowsOf<Row>(
  scene: ReadScene,
  { sql, parameters, name }: NamedStatement,
  more: Partial<SlotValues> = {},
): Promise<Row[]> {
  const values = [...bind(parameters, slotsOf(scene), more)];
  const { pool, looks } = scene.workspace;
  const { rows } = await (scene.unhurried ? pool : looks).query({
    text: sql,
    values,
    ...(name === undefined ? {} : { name }),
  });
  return rows as Row[];
}

/** The tables have moved under a statement that was planned by an older model. */
const moved = new Set(["42703", "42P01", "0A000"]);

const readTries = 3;

/** Plans and reads; again by the newest model where the tables have changed in between. */
export async function reading<Result>(
  scene: ReadScene,
  accessOf: (model: Model) => Access,
  work: (scene: ReadScene) => Promise<Result>,
): Promise<Result> {
  let now = scene;
  for (let tries = 1; ; tries++) {
    try {
      return await work(now);
    } catch (error) {
      if (!moved.has(sqlState(error) ?? "") || tries === readTries) throw error;
      const model = await now.workspace.refresh();
      if (model.version === now.model.version) throw error;
      now = { ...now, model, access: accessOf(model) };
    }
  }
}

interface ListRow {
  readonly record: string;
  readonly id: string;
  readonly [key: string]: string | null;
}

/** A page of records as JSON text: `items`, `next`, and `count` where it was asked for. */
export async function list(scene: ReadScene, entity: string, query: Readonly<Record<string, string>>): Promise<string> {
  const { cursor, ...asked } = query;
  const shape = [entity, Object.entries(asked).sort()];
  const plan = once(scene, ["plan", ...shape], () => planList(scene.model, scene.access, entity, asked));
  const key = await cursorKey(scene.workspace.pool);
  const bound = { plan, scene };
  const after = cursor === undefined ? undefined : openCursor(key, bound, cursor);
  const few = await areFew(scene, plan);
  const asking = { scene, plan, shape: [...shape, few], few };
  const [rows, count] = await Promise.all([pageOf(asking, after), counted(asking)]);
  const page = rows.slice(0, plan.limit);
  const [last, further] = [page.at(-1), rows[plan.limit]];
  const next = last && further ? sealCursor(key, bound, behind(plan, last, further)) : null;
  const tail = count ? `,"count":${JSON.stringify(count)}` : "";
  return `{"items":[${page.map(({ record }) => record).join(",")}],"next":${JSON.stringify(next)}${tail}}`;
}

/** Whether few records hold the words that a list is searched for. What lies in the trash has no index of words. */
async function areFew(scene: ReadScene, { entity, search, trash }: ListPlan): Promise<boolean> {
  if (search === undefined || trash) return false;
  const sought = { entity, words: search };
  return (await withFew(scene, [sought])).get(sought) ?? false;
}

/**
 * Whether few records are those that are looked for. They are found all by their index and put in order then; where they
 * are many, the order is walked along until a page is full.
 *
 * PostgreSQL chooses between the two by how many it expects, and knows of a hundred values of a field: where one of
 * these holds words by chance, it expects ten thousand in a million and walks, past all of them where there are four
 * hundred. How it would find all tells the same with room for such a chance: then walking is no choice. It is asked, and
 * told, of large tables alone.
 */
export async function withFew(scene: ReadScene, each: readonly Sought[]): Promise<ReadonlyMap<Sought, boolean>> {
  const large = await largeTables(scene.workspace, scene.now);
  const asked = each.filter(({ entity }) => large.has(entity.name));
  if (asked.length === 0) return new Map();
  const few = fewOf(asked, await planFor(scene, holdersStatement(readerOf(scene), asked)), large);
  return new Map(asked.map((it) => [it, few.has(it)]));
}

/** A list that is asked for: by whom, what makes its statements others than those of another one, and `areFew`. */
interface Asking {
  readonly scene: ReadScene;
  readonly plan: ListPlan;
  readonly shape: readonly unknown[];
  readonly few: boolean;
}

/** The rows of a page, and one more where there are more. */
async function pageOf({ scene, plan, shape, few }: Asking, last: After | undefined): Promise<readonly ListRow[]> {
  // What is found all at once has no beginning that an index leads to.
  const after = last && { ...last, tied: last.tied === true && !few };
  const empty = after?.keys.map((value) => value === null);
  const values = after ? afterValues(after) : {};
  const rows = await circled<ListRow>(
    scene,
    plan,
    ["list", ...shape, empty, after?.tied],
    (it) => listStatement(it, plan, { after, few }),
    values,
  );
  if (!after || !hasEmptyTail(after) || rows.length > plan.limit) return rows;
  const tail = await circled<ListRow>(scene, plan, ["tail", ...shape], (it) =>
    listStatement(it, plan, { after, stretch: "empty", few }),
  );
  return [...rows, ...tail].slice(0, plan.limit + 1);
}

/**
 * The rows of a statement that is planned each time, by what the reader's rights come to: whose rows she sees is read
 * before, unless it is too much to be sent along. What is searched for is found by its words: PostgreSQL takes them for
 * more frequent than they are, and where it knew how much she sees besides, it would look through all of that.
 */
async function circled<Row>(
  scene: ReadScene,
  { search }: ListPlan,
  shape: readonly unknown[],
  make: (reader: Reader) => CompiledStatement,
  values: Partial<SlotValues> = {},
): Promise<readonly Row[]> {
  const plainly = () => {
    const statement = once(scene, shape, () => make(readerOf(scene)));
    return rowsOf<Row>(scene, statement, values);
  };
  if (search !== undefined) return plainly();
  const { statement, asked } = once(scene, [...shape, "circle"], () => {
    const circle = new Circle();
    const statement = make({ ...readerOf(scene), circle });
    const asked = circle.statement();
    return { statement, asked: asked && named(scene.model, asked) };
  });
  const ids = asked ? await idsIn(scene, asked) : {};
  return isWide(ids) ? plainly() : rowsOf<Row>(scene, statement, { ...values, ...ids });
}

type Ids = Readonly<Record<string, string>>;
const read = new WeakMap<ReadScene, Map<string, Promise<Ids>>>();

/** What a circle's statement finds: a page and its count ask for the same, and it is read once. */
function idsIn(scene: ReadScene, asked: NamedStatement): Promise<Ids> {
  const ofScene = read.get(scene) ?? new Map<string, Promise<Ids>>();
  read.set(scene, ofScene);
  const found = ofScene.get(asked.sql) ?? rowsOf<Ids>(scene, asked).then(([ids]) => ids ?? {});
  ofScene.set(asked.sql, found);
  return found;
}

const behind = ({ order }: ListPlan, row: ListRow, next: ListRow): After => ({
  keys: order.map((_, at) => row[`k${at}`] ?? null),
  id: row.id,
  tied: row.k0 === next.k0,
});

async function counted({ scene, plan, shape, few }: Asking) {
  if (plan.count === "none") return undefined;
  const reader = readerOf(scene);
  const asked = plan.count === "estimate" && !mayEstimate(reader, plan) ? { ...plan, count: "capped" as const } : plan;
  if (asked.count !== "estimate") {
    const [row] = await circled<{ n: number }>(scene, asked, ["count", ...shape], (it) =>
      countStatement(it, asked, few),
    );
    return countOf(asked, row?.n ?? 0);
  }
  const statement = once(scene, ["estimate", ...shape], () => countStatement(reader, asked));
  return { value: rowsExpected(await planFor(scene, statement)), more: false };
}

/** How PostgreSQL would run a statement. */
export async function planFor(scene: ReadScene, { sql, parameters }: CompiledStatement): Promise<PlanNode> {
  const explaining = { sql: `explain (format json) ${sql}`, parameters };
  const [row] = await rowsOf<{ "QUERY PLAN": readonly [{ readonly Plan: PlanNode }] }>(scene, explaining);
  return row!["QUERY PLAN"][0].Plan;
}

/** The rows that the planner expects below its count, at whatever depth they stand. */
function rowsExpected(plan: PlanNode): number {
  let node = plan;
  while (node["Node Type"] === "Aggregate" && node.Plans?.[0]) node = node.Plans[0];
  return node["Plan Rows"];
}

/** A record as JSON text with its version. Throws `record.missing` where the reader sees none. */
export async function getRecord(
  scene: ReadScene,
  entity: string,
  id: string,
  query: Readonly<Record<string, string>>,
): Promise<{ text: string; version: number }> {
  const statement = once(scene, ["get", entity, Object.entries(query).sort()], () => {
    const plan = planShape(scene.model, scene.access, entity, query);
    return named(scene.model, recordStatement(readerOf(scene), plan.entity, plan.shape));
  });
  return found(entity, isId(id) ? await rowsOf<RecordRow>(scene, statement, { record: id }) : []);
}

interface RecordRow {
  readonly record: string;
  readonly version: number;
}

function found(entity: string, [row]: readonly RecordRow[]): { text: string; version: number } {
  if (!row) throw problem("record.missing", { entity });
  return { text: row.record, version: row.version };
}
