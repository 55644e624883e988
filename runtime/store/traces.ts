/** Something that is kept of people beside their records: where it stands, which of it is theirs, and what becomes of it. */
export interface Trace {
  /** What it is counted as. */
  readonly name: TraceName;
  readonly table: string;
  /** The columns by which rows are told apart. */
  readonly key: string;
  /** Which rows: `$1` are the records, `$2` the e-mail addresses in small letters, `$3` the telephone numbers, `$4` the
   * records that are no more when she is erased. */
  readonly where: string;
  /** What is written instead of what they say; without it the rows go. */
  readonly set?: string;
  /** With `set`: rows of which something is left to be taken. */
  readonly still?: string;
  /** The columns that the person is given a copy of; without it nothing of it tells of her what is not told elsewhere. */
  readonly told?: string;
}

export type TraceName =
  "history" | "mails" | "sendings" | "facts" | "files" | "notes" | "tasks" | "runs" | "consents" | "lists" | "others";

const records = "record = any($1::uuid[])";
const gone = "record = any($4::uuid[])";
const runs = `run in (select id from {ws}._run where ${records})`;
const goneRuns = `run in (select id from {ws}._run where ${gone})`;
const mails = `select m.id from {ws}._mail m where m.record = any($1::uuid[]) or lower(m.from_address) = any($2::text[])`;
const attached = `id in (select f.id from {ws}._file f where f.${records}
  union select a.file from {ws}._mail_file a where a.mail in (${mails}))`;
const sendings = `(${records} or lower(address) = any($2::text[]))`;
const devices = `(data ->> 'device') in (select d.device::text from {ws}._device d where d.${records})`;

/** The rows of a table that belong to records, where nobody is told of them apart. */
const ofRecords = (table: string, key: string, more: Partial<Trace> = {}): Trace => ({
  name: "others",
  table,
  key,
  where: records,
  ...more,
});
const ofRuns = (table: string, key: string, more: Partial<Trace> = {}): Trace => ({
  name: "runs",
  table,
  key,
  where: runs,
  ...more,
});

/**
 * All that the engine keeps of people in tables of its own, in the order in which it goes: what is found by something
 * else goes before that. A table that is new and tells of records is added here; `test/api/persons.test.ts` finds it.
 */
export const traces: readonly Trace[] = [
  {
    name: "files",
    table: "_file_chunk",
    key: "file, part",
    where: `file in (select id from {ws}._file where ${attached})`,
  },
  { name: "files", table: "_file", key: "id", where: attached, told: "id, name, type, size_bytes, at" },
  { name: "mails", table: "_mail_file", key: "mail, file", where: `mail in (${mails})` },
  {
    ...{ name: "mails", table: "_arrival", key: "entity, message_id" },
    where: `(mail in (${mails}) or ${records})`,
    set: "raw = null, evidence = '{}', possible = null",
    still: "(raw is not null or evidence <> '{}'::jsonb)",
  },
  {
    ...{ name: "mails", table: "_mail", key: "id", where: `id in (${mails})` },
    told: "id, direction, at, from_address, to_addresses, cc_addresses, subject, text",
  },
  {
    name: "sendings",
    table: "_mail_hit",
    key: "id",
    where: `sending in (select id from {ws}._sending where ${sendings})`,
    told: "kind, at, agent, network, human",
  },
  {
    ...{
      name: "sendings",
      table: "_sending",
      key: "id",
      where: `${sendings} and status in ('queued', 'held', 'unknown')`,
    },
    told: "id, at, status, subject, address",
  },
  {
    ...{ name: "sendings", table: "_sending", key: "id", where: sendings },
    set: `address = 'erased', domain = 'erased', to_addresses = '{}', cc_addresses = '{}', reply_to = null, subject = null, text = null,
      html = null, headers = '{}', in_reply_to = null, refs = '{}', asked = null, reply = null, reason = null`,
    still: "address <> 'erased'",
    told: "id, at, ended_at, status, subject, text, address, purpose, message",
  },
  { ...ofRecords("_sent", "run, at"), name: "sendings" },
  {
    name: "sendings",
    table: "_mail_choice",
    key: "address",
    where: "address = any($2::text[])",
    told: "address, paused_until, weekly, language, at",
  },
  {
    ...{ name: "mails", table: "_imap_left", key: "mailbox, validity, uid" },
    where: "exists (select from unnest($2::text[]) as t(address) where strpos(lower(sender), t.address) > 0)",
    told: "at, sender, subject",
  },
  {
    name: "mails",
    table: "_mailbox",
    key: "id",
    where:
      "(lower(envelope_from) = any($2::text[]) or exists (select from unnest(envelope_to) as t(address) where lower(t.address) = any($2::text[])))",
  },
  {
    name: "facts",
    table: "_fact",
    key: "id",
    where: `(${records} or (record is null and ${devices}))`,
    told: "type, at, source, data",
  },
  {
    ...{ name: "facts", table: "_survey_ask", key: "id" },
    where: `(${records} or person_record = any($1::uuid[]))`,
    set: `person = null, person_entity = null, person_record = null,
      answers = (select jsonb_object_agg(key, value) from jsonb_each(answers) where jsonb_typeof(value) = 'number')`,
    still: `(person is not null or person_record is not null
      or exists (select from jsonb_each(answers) where jsonb_typeof(value) <> 'number'))`,
    told: "survey, asked_at, answered_at, answers",
  },
  {
    ...{ name: "others", table: "_portal_link", key: "token_hash" },
    where: "(person = any($1::uuid[]) or lower(address) = any($2::text[]))",
  },
  { name: "others", table: "_portal_session", key: "token_hash", where: "person = any($1::uuid[])" },
  {
    ...{ name: "others", table: "_portal_message", key: "mail" },
    where: `(${records} or person = any($1::uuid[]))`,
  },
  { ...ofRecords("_device_claim", "operation") },
  { ...ofRecords("_device", "device"), name: "facts", told: "device, since" },
  { ...ofRecords("_note", "id"), name: "notes", told: "at, text" },
  {
    ...ofRecords("_task", "id"),
    name: "tasks",
    set: "title = '', description = null, form = null, output = null",
    still: "(title <> '' or description is not null or form is not null or output is not null)",
    told: "at, title, description, status, ended_at, output",
  },
  { ...ofRuns("_hearing", "heard, run") },
  { ...ofRuns("_timer", "run, name"), where: goneRuns },
  { ...ofRuns("_listening", "run, event"), where: goneRuns },
  { ...ofRuns("_inbox", "id"), where: goneRuns },
  {
    ...ofRuns("_journal", "run, revision"),
    set: "event = jsonb_build_object('type', event -> 'type'), before = null, effects = '[]'",
    still: "(before is not null or effects <> '[]'::jsonb or event <> jsonb_build_object('type', event -> 'type'))",
    told: "at, event, from_state, to_state",
  },
  {
    ...{ name: "runs", table: "_run", key: "id", where: records },
    set: "context = '{}', output = null",
    still: "(context <> '{}'::jsonb or output is not null)",
    told: "workflow, state, status, started_at, entered_at, context",
  },
  {
    ...{ name: "runs", table: "_effect", key: "id", where: `(${records} or ${runs})` },
    set: "told = null, fields = null, asked = null, output = null, error = null, status = case status when 'waiting' then 'skipped' else status end",
    still:
      "(told is not null or fields is not null or asked is not null or output is not null or error is not null or status = 'waiting')",
  },
  {
    ...ofRecords("_incident", "id", {
      set: "title = '', error = '', note = null",
      still: "(title <> '' or error <> '' or note is not null)",
    }),
    name: "runs",
  },
  {
    ...ofRecords("_event", "id", { set: "data = null", still: "data is not null" }),
  },
  ofRecords("_received", "intake, message", { set: "problems = null", still: "problems is not null" }),
  { ...ofRecords("_unbegun", "record, workflow, why"), name: "runs" },
  ofRecords("_notification", "id"),
  ofRecords("_presence", '"user", tab'),
  ofRecords("_share", "record, grantee"),
  ofRecords("_alike", "one, other", { where: "(one = any($1::uuid[]) or other = any($1::uuid[]))" }),
  ofRecords("_conversation", "record"),
  { ...ofRecords("_moved", "operation, kind, id"), where: "origin = any($1::uuid[])" },
  { ...ofRecords("_clock", "record, policy, clock", { where: gone }), name: "runs" },
  { ...ofRecords("_clock_before", "operation, record, policy, clock", { where: gone }), name: "runs" },
  ofRecords("_watch", 'record, "user"'),
  ofRecords("_queued", "record", { where: gone }),
  ofRecords("_sample", "record"),
  {
    ...ofRecords("_score", "score, record", { where: gone }),
    name: "lists",
    told: "score, fit, behaviour, over, grade, since",
  },
  { ...ofRecords("_segment_due", "segment, record", { where: gone }), name: "lists" },
  { ...ofRecords("_segment_member", "segment, record", { where: gone }), name: "lists", told: "segment, since" },
  {
    ...ofRecords("_segment_change", "segment, record, operation, change"),
    name: "lists",
    told: "segment, change, cause, at",
  },
  {
    ...{ name: "others", table: "_idempotency", key: "principal, route, key" },
    where: "exists (select from unnest($1::uuid[]) as r(id) where strpos(answer, r.id::text) > 0)",
  },
  {
    name: "consents",
    table: "_consent_state",
    key: "purpose, channel, address",
    where: "address = any($2::text[] || $3::text[])",
    told: "channel, address, purpose, state, since, expires_at",
  },
  {
    ...{
      name: "consents",
      table: "_consent",
      key: "id",
      where: `(${records} or address = any($2::text[] || $3::text[]))`,
    },
    told: "channel, address, purpose, action, basis, wording, form, source, at, expires_at, proof",
  },
  {
    ...ofRecords("_history", "id", {
      set: "before = case when before is not null then '{}'::jsonb end, after = case when after is not null then '{}'::jsonb end, reason = null",
      still: "(before <> '{}'::jsonb or after <> '{}'::jsonb or reason is not null)",
    }),
    name: "history",
    told: "at, act, before, after",
  },
];

/** Consents are proof: they are kept, each under what stands for its address. */
export const isProof = ({ table }: Trace): boolean => table === "_consent";
