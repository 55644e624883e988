import fc from "fast-check";
import type { AnyDocument, EntityDocument, WorkflowDocument } from "schemas";
import { afterAll, beforeAll, expect, test } from "vitest";
import { machineOf, Problem, readModel, type Model } from "engine";
import type { Connection } from "../../runtime/database/pool.ts";
import { newId } from "../../runtime/id.ts";
import { engineScene, moveSome, type Executor } from "../../runtime/store/due.ts";
import { timers } from "../../runtime/store/fire.ts";
import { passageDrift } from "../../runtime/store/passages.ts";
import { send } from "../../runtime/store/step.ts";
import { writeRecords } from "../../runtime/store/write.ts";
import { dayMs, documentOf, drawn, kept, op, start, type Seen } from "../fixtures/any-machine.ts";
import { collectStatements } from "../fixtures/emitted.ts";
import { voyageEntity } from "../fixtures/voyage.ts";
import { world, type World } from "../world.ts";

/** So many records, each of which lives a life of its own, go through a machine together. */
const records = 20;
const cases = Number(process.env.TRELLIS_CASES ?? 2000);
const machines = Math.ceil(cases / records);

const state = (region?: string) => ({
  field: "state",
  title: "State",
  workflow: "voyage",
  ...(region ? { region } : {}),
});
const entity = {
  ...voyageEntity,
  properties: {
    name: { $anchor: "fld_name", field: "text", title: "Name" },
    course: { $anchor: "fld_course", ...state() },
    beside: { $anchor: "fld_beside", ...state("b") },
  },
} as unknown as EntityDocument;

const still = (key: string, more: object = {}) => ({
  initial: `${key}0`,
  states: { [`${key}0`]: { tags: ["end"], meta: { id: `st_${key}0`, title: key } } },
  meta: { id: `rg_${key}`, title: key, ...more },
});
const resting = {
  ...documentOf([], []),
  $schema: "urn:trellis:workflow:1",
  states: { a: still("a", { main: true }), b: still("b") },
} as unknown as WorkflowDocument;
resting.meta.events = {};
resting.meta.delays = {};

let w: World;
beforeAll(async () => {
  w = await world({ documents: [entity, resting] });
});
afterAll(() => w.close());

/** The model with another machine in the place of the one that was published. */
function modelWith(document: WorkflowDocument): Model {
  const others = w.workspace.model.documents.filter((it: AnyDocument) => !("id" in it) || it.id !== "voyage");
  return readModel([...others, document], w.workspace.model.version);
}

/** Plays a script with several records, each a day's worth of events apart from the next; nothing of it stays. */
async function played(model: Model, script: readonly string[], by: Executor): Promise<readonly (readonly Seen[])[]> {
  const tx = await w.pool.connect();
  await tx.query("begin");
  try {
    let now = new Date(start);
    const body = JSON.stringify(model.workflows.get("voyage"));
    await tx.query(`update ${w.workspace.schema}._workflow_version set body = $1 where workflow = 'voyage'`, [body]);
    const ids = Array.from({ length: records }, () => newId(now));
    const scene = () => engineScene(w.workspace, model, now);
    const made = ids.map((id, n) => ({ act: "create", entity: "voyage", id, after: { name: `${n}` } }) as const);
    await writeRecords(tx, scene(), made);
    const seen: (readonly Seen[])[] = [];
    for (const it of script) {
      for (const act of it === "twice the same" ? ["do.two", "do.two"] : [it])
        if (act.startsWith("do.")) for (const [n, id] of ids.entries()) await sent(tx, scene(), id, act, n);
        else {
          now = new Date(now.getTime() + dayMs);
          for (let count = 1; count > 0;) {
            const moved = await moveSome(tx, { workspace: w.workspace, model, now, waveFrom: 2 }, timers, by);
            expect(moved.failures).toEqual([]);
            count = moved.count;
          }
        }
      seen.push(await standing(tx, ids));
    }
    const { schema } = w.workspace;
    expect(await passageDrift(tx, { schema, model }), "counters say what the journal does").toEqual([]);
    return ids.map((_, n) => seen.map((all) => all[n]!));
  } finally {
    await tx.query("rollback");
    tx.release();
  }
}

/** Each record is spared some kinds of events, so that not all stand alike, and some do. */
const kinds = ["do.one", "do.three", "do.four"];
const spared = (type: string, n: number) => kinds.indexOf(type) >= 0 && ((n >> kinds.indexOf(type)) & 1) === 1;

async function sent(tx: Connection, scene: ReturnType<typeof engineScene>, id: string, type: string, n: number) {
  if (spared(type, n)) return;
  await tx.query("savepoint sent");
  try {
    await send(tx, scene, "voyage", id, { type, values: undefined, data: undefined, version: undefined });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    await tx.query("rollback to savepoint sent");
  }
  await tx.query("release savepoint sent");
}

async function standing(tx: Connection, ids: readonly string[]): Promise<readonly Seen[]> {
  const { rows } = await tx.query(
    `select r.value, r.context->'flag' as flag, (select coalesce(json_agg(n.title order by n.at, n.id), '[]')
       from ${w.workspace.schema}._notification n where n.record = r.record) as told
     from unnest($1::uuid[]) with ordinality as g(id, place) join ${w.workspace.schema}._run r on r.record = g.id order by g.place`,
    [ids],
  );
  return rows as Seen[];
}

test(`machines by chance live alike one by one, in batches and as cohorts (${cases} lives in ${machines} machines)`, async () => {
  const { emitted, stop } = collectStatements();
  await fc.assert(
    fc.asyncProperty(
      fc.array(drawn, { minLength: 6, maxLength: 16 }),
      fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
      fc.array(op, { minLength: 3, maxLength: 10 }),
      async (transitions, tells, script) => {
        const model = modelWith(documentOf(transitions, tells));
        const machine = machineOf(model, "voyage")!;
        const reference = Array.from({ length: records }, (_, n) =>
          kept(
            machine,
            script.map((it) => (spared(it, n) ? "nothing" : it)),
          ),
        );
        for (const by of ["single", "batch", "cohort"] as const)
          expect([by, await played(model, script, by)]).toEqual([by, reference]);
      },
    ),
    { numRuns: machines },
  );
  stop();
  expect(emitted.some(({ sql }) => sql.startsWith("with d as materialized"))).toBe(true);
}, 0);
