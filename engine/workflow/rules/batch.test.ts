import type { AnyDocument, EntityDocument, WorkflowDocument } from "schemas";
import { expect, test } from "vitest";
import { readModel } from "../../model.ts";
import { compileMany, OneByOne } from "../../sql/many.ts";
import { foresee } from "../foresee.ts";
import { machineOf } from "../machine.ts";
import { timerName } from "../waits.ts";
import { workflowAdvice } from "./index.ts";

const entity = {
  $schema: "urn:trellis:entity:1",
  $id: "offer",
  $anchor: "ent_offer",
  type: "object",
  title: "Offer",
  name_field: "name",
  properties: {
    name: { $anchor: "fld_name", field: "text", title: "Name" },
    size: { $anchor: "fld_size", field: "integer", title: "Size" },
    price: { $anchor: "fld_price", field: "money", title: "Price" },
    code: { $anchor: "fld_code", field: "text", title: "Code", unique: true },
    on: { $anchor: "fld_on", field: "date", title: "On" },
    within: { $anchor: "fld_within", field: "reference", to: "offer", title: "Within", inverse: "parts" },
  },
} as unknown as EntityDocument;

const to = (id: string, target: string, more: object = {}) => ({ target, meta: { id, title: id }, ...more });
const journey = () =>
  ({
    $schema: "urn:trellis:workflow:1",
    id: "nurture",
    initial: "first",
    context: { seen: null },
    states: {
      first: { after: { day: [to("tr_on", "second")] }, meta: { id: "st_first", title: "First" } },
      second: { after: { week: [to("tr_over", "over")] }, meta: { id: "st_second", title: "Second" } },
      over: { type: "final", meta: { id: "st_over", title: "Over" } },
    },
    meta: {
      id: "wf_nurture",
      title: "Nurture",
      format: "wf/1",
      kind: "journey",
      entity: "offer",
      events: {},
      delays: { day: { duration: "P1D" }, week: { duration: "P7D" } },
    },
  }) as any;
const set = (name: string, value: unknown) => ({ type: "record.update", params: { set: { [name]: value } } });

const cases: readonly (readonly [string, (it: any) => void, string | undefined])[] = [
  ["words that are worked out", (it) => (it.states.second.entry = [set("name", { cel: "record.code" })]), undefined],
  [
    "a number that is worked out",
    (it) => (it.states.second.entry = [set("size", { cel: "record.size + 1" })]),
    '/states/second/entry/0 what is worked out for "Size"',
  ],
  ["money", (it) => (it.states.second.entry = [set("price", null)]), '/states/second/entry/0 what is kept in "Price"'],
  [
    "what no two may have",
    (it) => (it.states.first.exit = [set("code", "A")]),
    '/states/first/exit/0 what is kept in "Code"',
  ],
  [
    "a guard over another record",
    (it) => (it.states.first.after.day[0].guard = { type: "expr", params: { cel: 'record.within.name == "x"' } }),
    `/states/first/after/day/0/guard what "record.within.name == "x"" reads`,
  ],
  [
    "other runs that are told",
    (it) =>
      (it.states.first.after.day[0].actions = [
        { type: "event.send", params: { entity: "offer", event: "offer.gone", key: "x" } },
      ]),
    '/states/first/after/day/0/actions/0 "Tell other runs"',
  ],
  [
    "people of a role",
    (it) => (it.states.second.entry = [{ type: "notify", params: { role: "admin", title: "Look" } }]),
    "/states/second/entry/0 who has a role or a queue",
  ],
  ["a wait for a day", (it) => (it.meta.delays.week = { until: "on" }), "/states/second/after/week a wait for a day"],
  [
    "hours of days",
    (it) => (it.meta.delays.week.window = { from: "09:00" }),
    "/states/second/after/week hours of days",
  ],
];

test.each(cases)("R16 says of %s what the statement says of it, and where", (_, change, wanted) => {
  const document = journey();
  change(document);
  const model = readModel([entity, document as WorkflowDocument]);
  const said = workflowAdvice(document, model, "2026-03-02T09:00:00.000Z").filter(
    ({ code }) => code === "workflow.in_batches",
  );
  const machine = machineOf(model, "nurture")!;
  const at = { value: "first", context: {}, status: "active", history: {} };
  const tree = foresee(machine, at, timerName("day", "st_first"))!;
  let why: string | undefined;
  try {
    compileMany(model, '"ws"', machine, tree);
  } catch (error) {
    if (!(error instanceof OneByOne)) throw error;
    why = error.message;
  }
  expect(said.map(({ path }) => path)).toEqual(wanted === undefined ? [] : [wanted.split(" ")[0]]);
  expect(why === undefined).toBe(wanted === undefined);
  if (wanted !== undefined)
    expect(said[0]!.detail).toContain(`Because of ${wanted.split(" ").slice(1).join(" ")} runs`);
});

const report = {
  ...{ $schema: "urn:trellis:report:1", $id: "stages", $anchor: "rep_stages", title: "Stages", source: "offer" },
  ...{ kept: "day", period: { path: "on", unit: "month" }, layout: { kind: "table" } },
  dimensions: [{ id: "stage", path: "stage", title: "Stage" }],
  measures: [{ id: "n", agg: "count", title: "Offers" }],
};
const stage = { stage: { $anchor: "fld_stage", field: "state", title: "Stage", workflow: "nurture" } };

const beside: readonly (readonly [what: string, documents: readonly object[], ruled: object])[] = [
  [
    "the rules of its records",
    [],
    { rules: [{ $anchor: "rule_size", require: { cel: "size > 0" }, message: "Size" }] },
  ],
  [
    "the rules of its records",
    [],
    {
      properties: {
        ...entity.properties,
        size: { ...(entity.properties.size as object), visible_when: { cel: "name != null" }, when_hidden: "clear" },
      },
    },
  ],
  [
    "the promises about its records",
    [
      {
        ...{ $schema: "urn:trellis:sla-policy:1", $id: "soon", $anchor: "sla_soon", title: "Soon", entity: "offer" },
        clocks: [{ $anchor: "clk_first", name: "first", title: "First", start: { created: true } }],
        targets: [{ $anchor: "tgt_all", promises: { first: "P1D" } }],
      },
    ],
    {},
  ],
  [
    "the queues of its records",
    [
      {
        ...{ $schema: "urn:trellis:queue:1", $id: "desk", $anchor: "que_desk", title: "Desk", entity: "offer" },
        ...{ order: 1, when: { cel: "size > 0" }, role: "admin", model: "most_available" },
      },
    ],
    {},
  ],
  ['the sums that are kept by "Stage"', [report], { properties: { ...entity.properties, ...stage } }],
];

test.each(beside)("R16 says that %s keep runs from being moved by one statement", (what, documents, ruled) => {
  const model = readModel([{ ...entity, ...ruled }, journey(), ...documents] as AnyDocument[]);
  const said = workflowAdvice(journey(), model, "2026-03-02T09:00:00.000Z");
  const told = said.filter(({ code }) => code === "workflow.in_batches");
  expect(told.map(({ path, detail }) => [path, detail.includes(`Because of ${what} runs`)])).toEqual([
    ["/meta/entity", true],
  ]);
});
