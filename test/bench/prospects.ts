import type { AnyDocument, EntityDocument, WorkflowDocument } from "schemas";
import { newId } from "../../runtime/id.ts";
import type { Connection, Pool } from "../../runtime/database/pool.ts";

/** People who may buy, and how they are kept warm: a message, three days, then by score and by chance. */
const entity = {
  $schema: "urn:trellis:entity:1",
  $id: "prospect",
  $anchor: "ent_prospect",
  type: "object",
  title: "Prospect",
  name_field: "name",
  properties: {
    name: { $anchor: "fld_name", field: "text", title: "Name" },
    email: { $anchor: "fld_email", field: "text", title: "E-mail" },
    score: { $anchor: "fld_score", field: "integer", title: "Score" },
    stage: { $anchor: "fld_stage", field: "state", title: "Stage", workflow: "nurture" },
  },
  required: ["name"],
} as EntityDocument;

const told = (title: string) => ({ type: "notify", params: { to: { cel: "record.owner" }, title } });
const one = { type: "set", params: { values: { sent: { cel: "context.sent + 1" } } } };
const to = (id: string, target: string, more: object = {}) => [{ target, meta: { id, title: id }, ...more }];
const last = (key: string) => ({
  entry: [told(`Now ${key}`), one],
  after: { rest: to(`tr_rest_${key}`, "asked") },
  meta: { id: `st_${key}`, title: key },
});

const workflow = {
  $schema: "urn:trellis:workflow:1",
  id: "nurture",
  initial: "welcome",
  context: { sent: 0 },
  states: {
    welcome: {
      after: { pause: to("tr_split", "split") },
      on: { "prospect.answer": to("tr_answer", "asked") },
      meta: { id: "st_welcome", title: "Welcome" },
    },
    split: {
      always: [
        ...to("tr_hot", "hot", { guard: { type: "expr", params: { cel: "record.score >= 50" } } }),
        ...to("tr_even", "even", { guard: { type: "rollout", params: { percent: 50, salt: "ab" } } }),
        ...to("tr_odd", "odd"),
      ],
      meta: { id: "st_split", title: "Split" },
    },
    hot: last("hot"),
    even: last("even"),
    odd: last("odd"),
    asked: {
      on: { "prospect.again": to("tr_again", "welcome") },
      tags: ["end"],
      meta: { id: "st_asked", title: "Asked", outcome: "won" },
    },
  },
  meta: {
    id: "wf_nurture",
    title: "Nurture",
    format: "wf/1",
    kind: "pipeline",
    entity: "prospect",
    events: {
      "prospect.answer": { title: "Answer", source: "user" },
      "prospect.again": { title: "Again", source: "user" },
    },
    delays: { pause: { title: "Pause", duration: "P3D" }, rest: { title: "Rest", duration: "P5D" } },
  },
} as unknown as WorkflowDocument;

export const prospectDocuments: readonly AnyDocument[] = [entity, workflow];

const never = "2030-01-01T00:00:00Z";
const pause = "xstate.after.pause.st_welcome";
const hex = (n: string, kind: string) => `(lpad(to_hex(${n}), 8, '0') || '-${kind}-7000-8000-000000000000')::uuid`;
const recordId = (n: string) => hex(n, "0000");
const runId = (n: string) => hex(n, "0001");

/** Makes so many prospects that all wait, owned by one person. */
export async function seed(pool: Pool, rows: number, owner: string): Promise<void> {
  const from = `from generate_series(1, ${rows}) as n`;
  for (const sql of [
    `insert into ws_main.prospect (id, name, email, score, stage, owner, created_at, updated_at, version)
     select ${recordId("n")}, 'Prospect ' || n, 'p' || n || '@example.com', n * 37 % 100, 'welcome', '${owner}', '2026-01-01', '2026-01-01', 1 ${from}`,
    `insert into ws_main._run (id, workflow, version, entity, record, state, value, context, status, revision, started_at, entered_at)
     select ${runId("n")}, 'nurture', 1, 'prospect', ${recordId("n")}, 'welcome', '"welcome"', '{"sent": 0}', 'active', 1, '2026-01-01', '2026-01-01' ${from}`,
    `insert into ws_main._timer (run, name, due_at, event) select ${runId("n")}, '${pause}', '${never}', '{"type": "${pause}"}' ${from}`,
  ])
    await pool.query(sql);
  for (const table of ["prospect", "_run", "_timer"]) await pool.query(`vacuum analyze ws_main.${table}`);
}

/** Lets the waits of some of them be over: those from one number up to another. */
export async function ripen(pool: Pool, from: number, until: number, at: Date): Promise<void> {
  const ids = `select ${runId("n")} from generate_series(${from}, ${until - 1}) as n`;
  await pool.query(`update ws_main._timer set due_at = $1 where run in (${ids})`, [at]);
}

export const recordOf = (n: number) => `${n.toString(16).padStart(8, "0")}-0000-7000-8000-000000000000`;
const runOf = (n: number) => `${n.toString(16).padStart(8, "0")}-0001-7000-8000-000000000000`;

/** What one step writes, by hand: the record is read and locked, then all is written at once. */
export async function stepByHand(connection: Connection, n: number, now: Date): Promise<void> {
  const run = (name: string, text: string, values: readonly unknown[]) =>
    connection.query({ name, text, values: [...values] });
  await connection.query("begin");
  const { rows } = await run("hand-read", readSql, [runOf(n)]);
  const { record, score, owner, version, timers, ...before } = rows[0];
  const state = score >= 50 ? "hot" : n % 2 === 0 ? "even" : "odd";
  const effects = [{ do: "notify", to: owner, title: `Now ${state}`, body: null }];
  const data = { delay: "pause", state: "st_welcome" };
  const rest = `xstate.after.rest.st_${state}`;
  await run("hand-write", writeSql, [
    record,
    state,
    now,
    version + 1,
    newId(now),
    newId(now),
    newId(now),
    JSON.stringify({ fld_stage: "welcome", version, updated_at: before.updated_at, updated_by: null }),
    JSON.stringify({ fld_stage: state }),
    newId(now),
    JSON.stringify({ fields: ["stage"], data }),
    runOf(n),
    before.revision + 1,
    JSON.stringify({ type: "timer", data }),
    JSON.stringify(["tr_split", `tr_${state}`]),
    JSON.stringify(effects),
    JSON.stringify({ ...before, timers }),
    JSON.stringify(state),
    JSON.stringify({ sent: 1 }),
    rest,
    new Date(now.getTime() + 5 * 86_400_000),
    JSON.stringify({ type: rest }),
    owner,
    effects[0]!.title,
  ]);
  await connection.query("commit");
}

const readSql = `select c.id as record, c.score, c.owner, c.version, c.updated_at, r.id, r.workflow, r.state, r.value, r.context,
    r.history, r.status, r.revision, r.entered_at, (select json_agg(t) from ws_main._timer t where t.run = r.id) as timers
  from ws_main._run r join ws_main.prospect c on c.id = r.record where r.id = $1 for update of r, c`;

const writeSql = `with
  a as (update ws_main.prospect set stage = $2::text, version = $4::integer, updated_at = $3::timestamptz, updated_by = null where id = $1::uuid),
  b as (insert into ws_main._history (id, entity, record, act, version, at, before, after, operation, recorded_at)
    values ($5::uuid, 'ent_prospect', $1::uuid, 'move', $4::integer, $3::timestamptz, $8::jsonb, $9::jsonb, $10::uuid, $3::timestamptz)),
  c as (insert into ws_main._event (id, entity, record, type, version, data, operation, at)
    values ($6::uuid, 'prospect', $1::uuid, 'timer', $4::integer, $11::jsonb, $10::uuid, $3::timestamptz)),
  d as (insert into ws_main._journal (run, revision, event, from_state, to_state, transitions, effects, before, operation, at)
    values ($12::uuid, $13::integer, $14::jsonb, 'welcome', $2::text, $15::jsonb, $16::jsonb, $17::jsonb, $10::uuid, $3::timestamptz)),
  e as (update ws_main._run set state = $2::text, value = $18::jsonb, context = $19::jsonb, revision = $13::integer,
    entered_at = $3::timestamptz where id = $12::uuid),
  f as (delete from ws_main._timer where run = $12::uuid and name = '${pause}'),
  g as (insert into ws_main._timer (run, name, due_at, event) values ($12::uuid, $20::text, $21::timestamptz, $22::jsonb)),
  h as (insert into ws_main._notification (id, for_user, title, record, at, entity, operation)
    values ($7::uuid, $23::uuid, $24::text, $1::uuid, $3::timestamptz, 'prospect', $10::uuid)),
  i as (insert into ws_main._operation (id, kind, status, title, at, finished_at, rows, done)
    values ($10::uuid, 'timer', 'done', 'Nurture: Pause', $3::timestamptz, $3::timestamptz, 1, 1))
  select`;

/** What a wave writes, by hand: everything that is due, so many at a time, in one statement. Answers how many it took. */
export async function waveByHand(connection: Connection, now: Date, most: number): Promise<number> {
  const ids = Array.from({ length: most * 3 + 1 }, () => newId(now));
  const rest = new Date(now.getTime() + 5 * 86_400_000);
  const { rows } = await connection.query({
    name: "hand-wave",
    text: waveSql,
    values: [now, most, ids, newId(now), rest],
  });
  return rows[0].n as number;
}

const waveSql = `with due as materialized (
    select r.id as run, c.id as record, c.score, c.owner, c.version, c.updated_at, r.state, r.context, r.revision, r.entered_at
    from ws_main._timer t join ws_main._run r on r.id = t.run join ws_main.prospect c on c.id = r.record
    where t.due_at <= $1::timestamptz and not t.held order by t.due_at limit $2::integer for update of c, r, t skip locked),
  dec as materialized (
    select d.*, row_number() over () as n, case when d.score >= 50 then 'hot'
      when get_byte(decode(substr(md5(d.record::text), 1, 2), 'hex'), 0) < 128 then 'even' else 'odd' end as target from due d),
  a as (update ws_main.prospect c set stage = d.target, version = d.version + 1, updated_at = $1::timestamptz, updated_by = null
    from dec d where c.id = d.record),
  b as (insert into ws_main._history (id, entity, record, act, version, at, before, after, operation, recorded_at)
    select ($3::uuid[])[d.n], 'ent_prospect', d.record, 'move', d.version + 1, $1::timestamptz,
      jsonb_build_object('fld_stage', d.state, 'version', d.version, 'updated_at', d.updated_at, 'updated_by', null),
      jsonb_build_object('fld_stage', d.target), $4::uuid, $1::timestamptz from dec d),
  c as (insert into ws_main._event (id, entity, record, type, version, data, operation, at)
    select ($3::uuid[])[$2::integer + d.n], 'prospect', d.record, 'timer', d.version + 1,
      '{"fields": ["stage"], "data": {"delay": "pause", "state": "st_welcome"}}', $4::uuid, $1::timestamptz from dec d),
  j as (insert into ws_main._journal (run, revision, event, from_state, to_state, transitions, effects, before, operation, at)
    select d.run, d.revision + 1, '{"type": "timer", "data": {"delay": "pause", "state": "st_welcome"}}', d.state, d.target,
      jsonb_build_array('tr_split', 'tr_' || d.target), jsonb_build_array(jsonb_build_object('do', 'notify', 'to', d.owner, 'title', 'Now ' || d.target)),
      jsonb_build_object('id', d.run, 'state', d.state, 'context', d.context, 'revision', d.revision, 'entered_at', d.entered_at),
      $4::uuid, $1::timestamptz from dec d),
  e as (update ws_main._run r set state = d.target, value = to_jsonb(d.target), revision = d.revision + 1, entered_at = $1::timestamptz,
      context = jsonb_build_object('sent', (d.context->>'sent')::numeric + 1) from dec d where r.id = d.run),
  f as (delete from ws_main._timer t using dec d where t.run = d.run and t.name = '${pause}'),
  g as (insert into ws_main._timer (run, name, due_at, event)
    select d.run, 'xstate.after.rest.st_' || d.target, $5::timestamptz, jsonb_build_object('type', 'xstate.after.rest.st_' || d.target) from dec d),
  h as (insert into ws_main._notification (id, for_user, title, record, at, entity, operation)
    select ($3::uuid[])[$2::integer * 2 + d.n], d.owner, 'Now ' || d.target, d.record, $1::timestamptz, 'prospect', $4::uuid from dec d),
  i as (insert into ws_main._operation (id, kind, status, title, at, finished_at, rows, done)
    select $4::uuid, 'timer', 'done', 'Nurture: Pause', $1::timestamptz, $1::timestamptz, count(*), count(*) from dec d having count(*) > 0)
  select count(*)::int as n from dec`;
