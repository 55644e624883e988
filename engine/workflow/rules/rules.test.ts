import type { AnyDocument, CalendarDocument, EntityDocument, RoleDocument, WorkflowDocument } from "schemas";
import { expect, test } from "vitest";
import { voyageDocuments } from "../../../test/fixtures/voyage.ts";
import { check } from "../../check.ts";
import { readModel } from "../../model.ts";
import { findings, rules, workflowAdvice, type Finding, type Rule } from "./index.ts";

const now = "2026-03-02T09:00:00.000Z";

const offer = {
  $schema: "urn:trellis:entity:1",
  $id: "offer",
  $anchor: "ent_offer",
  type: "object",
  title: "Offer",
  name_field: "name",
  properties: {
    name: { $anchor: "fld_name", field: "text", title: "Name" },
    stage: { $anchor: "fld_stage", field: "state", title: "Stage", workflow: "offer" },
    size: { $anchor: "fld_size", field: "integer", title: "Size" },
    urgent: { $anchor: "fld_urgent", field: "boolean", title: "Urgent" },
    kind: {
      $anchor: "fld_kind",
      field: "select",
      title: "Kind",
      choices: ["new", "old", "gift"].map((value) => ({ value, title: value })),
    },
  },
  required: ["name"],
} as unknown as EntityDocument;

const to = (id: string, target?: string, more: object = {}) => ({
  ...(target ? { target } : {}),
  meta: { id },
  ...more,
});
const when = (cel: string) => ({ guard: { type: "expr", params: { cel } } });
const order = { type: "http.call", params: { method: "POST", url: "https://example.com/orders" } };
const takeBack = { type: "compensate" };
const tell = { type: "notify", params: { to: { cel: "record.owner" }, title: "Look" } };

const workflow = {
  $schema: "urn:trellis:workflow:1",
  id: "offer",
  initial: "drawn",
  context: { tries: 0 },
  states: {
    drawn: { on: { "offer.send": [to("tr_send", "sent")] }, meta: { id: "st_drawn", title: "Drawn" } },
    sent: {
      on: { "offer.take": [to("tr_take", "taken")], "offer.back": [to("tr_back", "drawn")] },
      meta: { id: "st_sent", title: "Sent" },
    },
    taken: { tags: ["end"], meta: { id: "st_taken", title: "Taken" } },
  },
  meta: {
    id: "wf_offer",
    title: "Offer",
    format: "wf/1",
    kind: "pipeline",
    entity: "offer",
    events: {
      "offer.send": { title: "Send", source: "user" },
      "offer.take": { title: "Take", source: "user" },
      "offer.back": { title: "Take back", source: "user" },
    },
    delays: {},
  },
} as unknown as WorkflowDocument;

const calendar = (more: object): CalendarDocument =>
  ({
    $schema: "urn:trellis:calendar:1",
    $id: "office",
    $anchor: "cal_office",
    title: "Office",
    time_zone: "Europe/Berlin",
    hours: { mon: ["09:00-17:00"] },
    ...more,
  }) as CalendarDocument;

const role = (name: string, events: object): RoleDocument =>
  ({
    $schema: "urn:trellis:role:1",
    $id: name,
    $anchor: `role_${name}`,
    title: name,
    entities: { offer: { create: "all", read: "all", events } },
  }) as RoleDocument;

type Change = (workflow: any, entity: any, others: AnyDocument[]) => void;

/** What the rules say of the offer after a change: its problems and its advice. */
function saidAfter(change: Change) {
  const [document, entity] = [structuredClone(workflow), structuredClone(offer)];
  const others: AnyDocument[] = [];
  change(document, entity, others);
  const documents = [entity, document, ...others] as AnyDocument[];
  const faults = check(documents)
    .filter(({ path }) => path.startsWith("/workflow/offer"))
    .map((it) => ({ ...it, path: it.path.replace("/workflow/offer", "") }));
  const model = readModel(documents);
  return {
    document,
    faults,
    model,
    refused: findings(document, model, faults),
    advised: workflowAdvice(document, model, now),
  };
}

const said = ({ rule, code, path }: Finding) => `${rule} ${code} ${path}`;

test("the offer and the voyage are without fault, and nothing is advised", () => {
  const { faults, advised } = saidAfter(() => undefined);
  expect([faults, advised]).toEqual([[], []]);
  expect(check(voyageDocuments)).toEqual([]);
});

/** Each rule with a workflow that breaks it: what it refuses, or, beginning with `?`, what it advises. */
const broken: readonly [Rule, string, Change, string][] = [
  ["R1", "a state that nothing leads to", (it) => delete it.states.drawn.on, "workflow.unreachable /states/sent"],
  [
    "R1",
    "a branch after one that always holds",
    (it) => it.states.drawn.on["offer.send"].push(to("tr_more", "taken")),
    "workflow.shadowed /states/drawn/on/offer.send/1",
  ],
  ["R2", "a state that nothing leaves", (it) => delete it.states.sent.on, "workflow.dead_end /states/sent"],
  [
    "R2",
    "two states that lead to each other alone",
    (it) => {
      it.states.lost = { on: { "offer.send": [to("tr_a", "gone")] }, meta: { id: "st_lost", title: "Lost" } };
      it.states.gone = { on: { "offer.back": [to("tr_b", "lost")] }, meta: { id: "st_gone", title: "Gone" } };
      it.states.sent.on["offer.send"] = [to("tr_c", "lost")];
    },
    "?workflow.trap /states/lost",
  ],
  [
    "R3",
    "a wait for an event that nothing raises",
    (it) => {
      it.meta.events["offer.proved"] = { title: "Proved", source: "run" };
      it.states.sent.on = { "offer.proved": [to("tr_p", "taken")] };
    },
    "workflow.stuck /states/sent",
  ],
  [
    "R3",
    "a task without a time-out",
    (it) => {
      it.states.sent.invoke = { id: "ask", src: "human.task", input: { title: "Look" }, onDone: [to("tr_d", "taken")] };
    },
    "?workflow.endless_wait /states/sent/invoke",
  ],
  [
    "R3",
    "a wait into a state that wants what nobody is asked for, inside of what it leads to",
    (it) => {
      it.meta.delays.week = { duration: "P7D" };
      it.states.sent.after = { week: [to("tr_w", "taken")] };
      delete it.states.taken.tags;
      it.states.taken.initial = "packed";
      it.states.taken.states = {
        packed: { tags: ["end"], meta: { id: "st_packed", title: "Packed", requires: ["name", "size"] } },
      };
    },
    "?workflow.unasked /states/sent/after/week/0/target",
  ],
  [
    "R4",
    "a wait whose branches leave a case open",
    (it) => {
      it.meta.delays.week = { duration: "P7D" };
      it.states.sent.after = {
        week: [to("tr_w", "taken", when("record.size >= 10")), to("tr_v", "drawn", when("record.size < 10"))],
      };
    },
    "?workflow.gap /states/sent/after/week",
  ],
  [
    "R5",
    "a guard that never holds: a range",
    (it) => (it.states.drawn.on["offer.send"][0].guard = when("record.size > 3 && record.size < 4").guard),
    "workflow.never /states/drawn/on/offer.send/0/guard/params/cel",
  ],
  [
    "R5",
    "a guard that never holds: choices",
    (it) =>
      (it.states.drawn.on["offer.send"][0].guard = when(
        "record.kind == 'new' && record.kind in ['old', 'gift']",
      ).guard),
    "workflow.never /states/drawn/on/offer.send/0/guard/params/cel",
  ],
  [
    "R5",
    "a guard that never holds: a yes or no",
    (it) => (it.states.drawn.on["offer.send"][0].guard = when("record.urgent && !record.urgent").guard),
    "workflow.never /states/drawn/on/offer.send/0/guard/params/cel",
  ],
  [
    "R5",
    "a branch that others before it cover",
    (it) =>
      (it.states.drawn.on["offer.send"] = [
        to("tr_one", "sent", when("record.size > 10")),
        to("tr_two", "taken", when("record.size > 20")),
      ]),
    "workflow.covered /states/drawn/on/offer.send/1/guard/params/cel",
  ],
  [
    "R5",
    "branches of which both may hold",
    (it) =>
      (it.states.drawn.on["offer.send"] = [
        to("tr_one", "sent", when("record.size > 10")),
        to("tr_two", "taken", when("record.urgent")),
      ]),
    "?workflow.overlap /states/drawn/on/offer.send/1",
  ],
  [
    "R6",
    "automatic transitions that go round",
    (it) => {
      it.states.drawn.always = [to("tr_one", "sent")];
      it.states.sent.always = [to("tr_two", "drawn")];
    },
    "workflow.loop /states/drawn/always/0",
  ],
  [
    "R6",
    "guarded ones of which nothing changes what they read",
    (it) => {
      it.states.drawn.always = [to("tr_one", "sent", when("record.urgent"))];
      it.states.sent.always = [to("tr_two", "drawn", when("record.urgent"))];
    },
    "workflow.circle /states/drawn/always/0",
  ],
  [
    "R6",
    "an event that is raised where it leads",
    (it) => {
      it.meta.events["offer.again"] = { title: "Again", source: "run" };
      it.states.sent.entry = [{ type: "raise", params: { event: "offer.again" } }];
      it.states.sent.on["offer.again"] = [to("tr_again", "sent", { reenter: true })];
    },
    "workflow.circle /states/sent/on/offer.again/0",
  ],
  [
    "R6",
    "an event that the whole workflow takes, raised where it leads",
    (it) => {
      it.on = { "offer.take": [to("tr_whole", "taken")] };
      it.states.taken.entry = [{ type: "raise", params: { event: "offer.take" } }];
    },
    "workflow.circle /on/offer.take/0",
  ],
  [
    "R7",
    "waits that lead round in seconds",
    (it) => {
      it.meta.delays.soon = { duration: "PT1S" };
      it.states.sent.after = { soon: [to("tr_s", "sent", { reenter: true })] };
    },
    "workflow.rush /states/sent/after/soon/0/target",
  ],
  [
    "R7",
    "waits that tell somebody for ever",
    (it) => {
      it.meta.delays.day = { duration: "P1D" };
      it.states.sent.after = { day: [to("tr_s", "sent", { reenter: true, actions: [tell] })] };
    },
    "?workflow.remail /states/sent/after/day/0",
  ],
  [
    "R8",
    "a field that is not there",
    (it) => (it.states.drawn.on["offer.send"][0].guard = when("record.siez > 3").guard),
    "field.unknown /states/drawn/on/offer.send/0/guard/params/cel",
  ],
  [
    "R8",
    "a value of the context that no run begins with",
    (it) => (it.states.drawn.on["offer.send"][0].guard = when("context.trys > 3").guard),
    "workflow.context /states/drawn/on/offer.send/0/guard/params/cel",
  ],
  [
    "R9",
    "an event that no role may send",
    (_, __, others) => others.push(role("seller", { "offer.take": "none", "offer.send": "own", "offer.back": "own" })),
    "?workflow.unsendable /meta/events/offer.take",
  ],
  [
    "R9",
    "an approval that whoever asks could give",
    (it, __, others) => {
      it.meta.events["offer.take"].right = "offer.take";
      others.push(role("seller", { "offer.take": "all", "offer.send": "own", "offer.back": "own" }));
    },
    "?workflow.own_approval /states/sent/on/offer.take/0",
  ],
  [
    "R10",
    "a wait and another, of which the first decides",
    (it) => {
      it.meta.delays = { one: { duration: "P7D" }, other: { duration: "P7D" } };
      it.states.sent.after = { one: [to("tr_o", "drawn")], other: [to("tr_u", "taken")] };
    },
    "?workflow.race /states/sent/after/other/0",
  ],
  [
    "R11",
    "a wait that is not declared",
    (it) => (it.states.sent.after = { soon: [to("tr_s", "taken")] }),
    "workflow.delay /states/sent/after/soon",
  ],
  [
    "R11",
    "a moment that is past",
    (it) => {
      it.meta.delays.day = { at: { cel: "timestamp('2020-01-01T00:00:00Z')" } };
      it.states.sent.after = { day: [to("tr_s", "taken")] };
    },
    "?workflow.past /meta/delays/day",
  ],
  [
    "R11",
    "a calendar that opens in an hour that the clocks skip",
    (it, _, others) => {
      others.push(calendar({ hours: { sun: ["02:30-10:00"] } }));
      it.meta.delays.day = { duration: "PT8H", calendar: "office" };
      it.states.sent.after = { day: [to("tr_s", "taken")] };
    },
    "?workflow.clock_change /meta/delays/day",
  ],
  [
    "R12",
    "a transition out of its region",
    (it) => {
      it.type = "parallel";
      delete it.initial;
      const { drawn, sent, taken } = it.states;
      it.states = {
        main: { initial: "drawn", states: { drawn, sent, taken }, meta: { id: "rg_main", title: "Main", main: true } },
        side: {
          initial: "idle",
          states: {
            idle: { on: { "offer.back": [to("tr_x", "#st_sent")] }, meta: { id: "st_idle", title: "Idle" } },
          },
          meta: { id: "rg_side", title: "Side" },
        },
      };
    },
    "workflow.crosses /states/side/states/idle/on/offer.back/0/target",
  ],
  [
    "R13",
    "a call of another system on a round",
    (it) => {
      const call = { type: "http.call", params: { method: "POST", url: "https://example.com/offers" } };
      it.states.sent.on["offer.back"][0].actions = [call];
    },
    "?workflow.repeated_effect /states/sent/on/offer.back/0/actions/0",
  ],
  [
    "R13",
    "a call of another system where a state of a round is entered",
    (it) => (it.states.sent.entry = [order]),
    "?workflow.repeated_effect /states/sent/entry/0",
  ],
  [
    "R13",
    "a call of another system where a state of a round is left",
    (it) => (it.states.drawn.exit = [order]),
    "?workflow.repeated_effect /states/drawn/exit/0",
  ],
  [
    "R13",
    "a call by a transition of the whole workflow",
    (it) => (it.on = { "offer.take": [to("tr_whole", "taken", { actions: [order] })] }),
    "?workflow.repeated_effect /on/offer.take/0/actions/0",
  ],
  [
    "R13",
    "an order that nobody may know of when it should be taken back",
    (it) => {
      it.states.sent.on["offer.take"][0].actions = [order];
      it.states.taken.on = { "offer.back": [to("tr_undo", undefined, { actions: [takeBack] })] };
    },
    "?workflow.unsafe_effect /states/sent/on/offer.take/0/actions/0",
  ],
  [
    "R13",
    "a mail on entering, where a region beside takes back what was done",
    (it) => {
      const { drawn, sent, taken } = it.states;
      delete it.initial;
      it.type = "parallel";
      it.states = {
        main: { initial: "drawn", states: { drawn, sent, taken }, meta: { id: "rg_main", title: "Main", main: true } },
        side: {
          initial: "on",
          states: {
            on: { on: { "offer.back": [to("tr_off", "off")] }, meta: { id: "st_on", title: "On" } },
            off: { entry: [takeBack], meta: { id: "st_off", title: "Off" } },
          },
          meta: { id: "rg_side", title: "Side" },
        },
      };
      drawn.entry = [order];
    },
    "?workflow.unsafe_effect /states/main/states/drawn/entry/0",
  ],
  [
    "R14",
    "a workflow that begins itself",
    (it) => {
      it.states.drawn.entry = [{ type: "record.create", params: { entity: "offer", values: { name: "Next" } } }];
    },
    "workflow.cross_loop /states/drawn/entry/0",
  ],
  [
    "R14",
    "a workflow that begins itself once for each of a list",
    (it) => {
      const create = { entity: "offer", link: "of", values: { name: "Next" } };
      it.states.drawn.entry = [{ type: "for_each", params: { entity: "offer", match: { name: "x" }, create } }];
    },
    "workflow.cross_loop /states/drawn/entry/0",
  ],
  [
    "R14",
    "a workflow that may begin itself when somebody sends something",
    (it) => {
      const next = { type: "record.create", params: { entity: "offer", values: { name: "Next" } } };
      it.states.sent.on["offer.take"][0].actions = [next];
    },
    "?workflow.cross_round /states/sent/on/offer.take/0/actions/0",
  ],
  [
    "R15",
    "a process that is allowed more than who waits for it waits",
    (it, _, others) => {
      const inner = structuredClone(workflow) as any;
      Object.assign(inner, { id: "proof" });
      Object.assign(inner.meta, {
        id: "wf_proof",
        title: "Proof",
        kind: "process",
        delays: { long: { duration: "P30D" } },
      });
      inner.meta.events = Object.fromEntries(
        Object.entries(inner.meta.events).map(([event, told]) => [event.replace("offer", "proof"), told]),
      );
      for (const state of Object.values<any>(inner.states))
        state.on = Object.fromEntries(
          Object.entries(state.on ?? {}).map(([event, them]) => [event.replace("offer", "proof"), them]),
        );
      inner.states.sent.after = { long: [to("tr_l", "taken")] };
      others.push(inner);
      it.meta.delays.week = { duration: "P7D" };
      it.states.sent.invoke = { id: "proof", src: "process:proof", onDone: [to("tr_d", "taken")] };
      it.states.sent.after = { week: [to("tr_w", "drawn")] };
    },
    "?workflow.longer /states/sent/invoke",
  ],
  [
    "R16",
    "a journey with a right",
    (it) => {
      it.meta.kind = "journey";
      it.states.drawn.on["offer.send"][0].guard = { type: "can", params: { right: "offer.send" } };
    },
    "?workflow.one_by_one /states/drawn/on/offer.send/0/guard",
  ],
];

test.each(broken)("%s: %s", (rule, _, change, wanted) => {
  const { refused, advised } = saidAfter(change);
  const list = wanted.startsWith("?") ? advised : refused;
  expect(list.map(said)).toContain(`${rule} ${wanted.replace("?", "")}`);
});

test("every rule has an example that breaks it", () => {
  const told = new Set(broken.map(([rule]) => rule));
  expect(Object.keys(rules).filter((it) => !told.has(it as Rule))).toEqual([]);
});

test("the shortest way to a fault is told step by step", () => {
  const { refused } = saidAfter((it) => {
    it.states.sent.on["offer.take"][0].guard = when("record.kind == 'new' && record.kind == 'old'").guard;
  });
  const never = refused.find(({ code }) => code === "workflow.never");
  expect(never?.witness).toEqual([{ transition: "tr_send", by: "event", name: "offer.send", to: "Sent" }]);
});

test("what goes out once, or is sure to be known, is let be where a run goes round or takes back what it did", () => {
  const { advised } = saidAfter((it) => {
    it.states.taken.entry = [order];
    it.states.sent.entry = [{ ...order, params: { ...order.params, repeats: "idempotent" } }];
    it.states.sent.on["offer.back"] = [to("tr_stays", "sent", { actions: [takeBack] })];
  });
  expect(advised.filter(({ rule }) => rule === "R13")).toEqual([]);
});

test("what only asks another system may be asked on a round, unless the asking does something", () => {
  const call = (params: object) => ({ type: "http.call", params: { url: "https://example.com/rates", ...params } });
  const told = (params: object) =>
    saidAfter((it) => (it.states.sent.entry = [call(params)])).advised.filter(({ rule }) => rule === "R13").length;
  const ways = [{ method: "GET" }, { method: "GET", repeats: "unsafe" }, { method: "PUT" }, { method: "POST" }];
  expect(ways.map(told)).toEqual([0, 1, 1, 1]);
});

test("what is sent where a state is entered again is told with the way to that state", () => {
  const { advised } = saidAfter((it) => (it.states.sent.entry = [order]));
  const [again] = advised.filter(({ rule }) => rule === "R13");
  expect(again?.witness).toEqual([{ transition: "tr_send", by: "event", name: "offer.send", to: "Sent" }]);
});

test("a case that is left open is told with the values that open it", () => {
  const { advised } = saidAfter((it) => {
    it.meta.delays.week = { duration: "P7D" };
    it.states.sent.after = { week: [to("tr_w", "taken", when("record.kind in ['new', 'old']"))] };
  });
  expect(advised.map(({ detail }) => detail)).toEqual([
    'Where kind is "gift", no branch holds, and the run stays in "Sent".',
  ]);
});

test.each(
  broken.flatMap(([rule, name, change, wanted]) => {
    const [code, path] = wanted.replace("?", "").split(" ");
    const { refused, advised } = saidAfter(change);
    const found = [...refused, ...advised].find((it) => it.rule === rule && it.code === code && it.path === path);
    return found?.fix ? [[`${rule}: ${name}`, change, found] as const] : [];
  }),
)("%s is mended by its fix", (_, change, finding) => {
  const mended = finding.fix!.edit(saidAfter(change).document);
  const after = saidAfter((it, entity, others) => {
    change(it, entity, others);
    for (const key of Object.keys(it)) delete it[key];
    Object.assign(it, mended);
  });
  expect([...after.refused, ...after.advised].map(said)).not.toContain(said(finding));
});

test("what two fields say of each other is free, and nothing is claimed of it", () => {
  const { faults, advised } = saidAfter((it) => {
    it.states.drawn.on["offer.send"] = [
      to("tr_one", "sent", when("record.name == record.owner.name")),
      to("tr_two", "taken", when("record.name != record.owner.name && record.size > 2")),
    ];
  });
  expect([faults, advised]).toEqual([[], []]);
});
