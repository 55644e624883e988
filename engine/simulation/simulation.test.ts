import { expect, test } from "vitest";
import { voyageDocuments, voyageWorkflow } from "../../test/fixtures/voyage.ts";
import { readModel } from "../model.ts";
import { compileMachine, machineOf } from "../workflow/machine.ts";
import { backtest, type History } from "./backtest.ts";
import { advanceCase, beginCase, sendToCase, whyOfCase, type Playing } from "./case.ts";
import { playScript, scriptOver, testOf } from "./script.ts";

const model = readModel(voyageDocuments);
const playing: Playing = { model, machine: machineOf(model, "voyage")! };
const beginning = {
  record: { id: "v", name: "Vega", cargo: null, due_on: "2026-04-01", owner: "u", remark: null },
  user: { id: "u" },
  now: "2026-03-02T09:00:00.000Z",
};

test("a case waits by a virtual clock, and each wait is over at its own moment", () => {
  const begun = beginCase(playing, beginning);
  expect([begun.state, begun.timers]).toEqual([
    "loading",
    [{ name: "xstate.after.idle.st_loading", due: "2026-03-16T09:00:00.000Z" }],
  ]);
  const reminded = advanceCase(playing, begun, "2026-03-20T09:00:00.000Z");
  expect(reminded.now).toBe("2026-03-20T09:00:00.000Z");
  expect(reminded.steps.at(-1)).toMatchObject({
    at: "2026-03-16T09:00:00.000Z",
    cause: { kind: "wait", title: "Idle for two weeks" },
    effects: [{ do: "notify", to: "u", title: "Still loading" }],
  });
  const sailing = sendToCase(playing, reminded, { type: "voyage.sail", values: { cargo: 5 } });
  expect([sailing.state, sailing.record.customs, sailing.record.cargo]).toEqual(["sailing", "declared", 5]);
  const late = advanceCase(playing, sailing, "2026-04-30T09:00:00.000Z");
  expect([late.state, late.steps.at(-1)?.at]).toEqual(["late", "2026-04-02T00:00:00.000Z"]);
});

test("a case is branched by playing on from any of its moments", () => {
  const sailing = playScript(playing, beginning, [{ send: "voyage.sail", values: { cargo: 500 } }]);
  const landed = sendToCase(playing, sailing, { type: "voyage.land" });
  const sheltered = sendToCase(playing, sailing, { type: "voyage.shelter" });
  expect([sailing.state, landed.state, sheltered.state]).toEqual(["sailing", "landed", "sheltered"]);
  expect(sendToCase(playing, sheltered, { type: "voyage.resume" }).state).toBe("sailing");
});

test("the way of a finding is played over its transitions: what is sent, waited for and done by itself", () => {
  const loaded = { ...beginning, record: { ...beginning.record, cargo: 5 } };
  const script = scriptOver(playing, loaded, ["tr_sail", "tr_declare", "tr_overdue", "tr_land"]);
  expect(script).toEqual([
    { send: "voyage.sail" },
    { wait: expect.stringMatching(/^PT\d+S$/) },
    { send: "voyage.land" },
  ]);
  expect(playScript(playing, loaded, script).steps.map(({ to }) => to)).toEqual([
    "loading",
    "sailing",
    "late",
    "landed",
  ]);
});

test("what is refused is told, and the case stays what it was", () => {
  const begun = beginCase(playing, beginning);
  const unfilled = sendToCase(playing, begun, { type: "voyage.sail" });
  expect([unfilled.state, unfilled.steps.at(-1)?.refused]).toEqual(["loading", '"Cargo" must not be empty.']);
  const sailing = sendToCase(playing, begun, { type: "voyage.sail", values: { cargo: 500 } });
  const refused = sendToCase(playing, sailing, { type: "voyage.clear" });
  expect(refused.steps.at(-1)?.refused).toContain("record.cargo < 100");
  const why = whyOfCase(playing, sailing).find(({ transition }) => transition === "tr_clear");
  expect(why).toMatchObject({
    by: "event",
    name: "Clear",
    from: "Declared",
    to: "Cleared",
    open: false,
    grounds: [{ text: "record.cargo < 100", holds: false, values: [{ title: "Cargo", value: "500" }] }],
  });
});

test("a state that is entered as it was remembered asks for its fields, and it is told that they keep the case from it", () => {
  const sheltered = playScript(playing, beginning, [
    { send: "voyage.sail", values: { cargo: 5 } },
    { send: "voyage.shelter" },
    { change: { cargo: null } },
  ]);
  const resumed = sendToCase(playing, sheltered, { type: "voyage.resume" });
  expect([resumed.state, resumed.steps.at(-1)?.refused]).toEqual(["sheltered", '"Cargo" must not be empty.']);
  const why = (at: typeof sheltered) => whyOfCase(playing, at).find(({ transition }) => transition === "tr_resume");
  expect(why(sheltered)).toMatchObject({
    open: false,
    grounds: [{ text: "record.cargo != null", holds: false, values: [{ title: "Cargo", value: null }] }],
  });
  const filled = { ...sheltered, record: { ...sheltered.record, cargo: 5 } };
  expect(why(filled)).toMatchObject({ open: true, grounds: [] });
});

test("a wait for a field of the record follows its changes", () => {
  const sailing = playScript(playing, beginning, [
    { send: "voyage.sail", values: { cargo: 5 } },
    { change: { due_on: "2026-05-01" } },
  ]);
  expect(sailing.timers).toEqual([{ name: "xstate.after.overdue.st_sailing", due: "2026-05-02T00:00:00.000Z" }]);
});

test("what was played becomes a test of the workspace", () => {
  const script = [{ wait: "P15D" }, { send: "voyage.sail", values: { cargo: 5 } }] as const;
  const kept = testOf(playing, beginning, script, { id: "sails", anchor: "test_sails", title: "It sails" });
  expect(kept).toMatchObject({
    given: { it: { entity: "voyage", values: { name: "Vega", due_on: "2026-04-01" } } },
    when: [{ wait: "P15D" }, { send: "voyage.sail", to: "it", values: { cargo: 5 } }],
    then: [{ record: "it", values: { course: "sailing" } }],
  });
});

test("the past of cases is counted, and a draft comes to something else", () => {
  const histories: History[] = [1, 2, 3].map((number) => ({
    run: String(number),
    begunAt: "2026-01-01T09:00:00.000Z",
    record: { ...beginning.record, cargo: 5, due_on: "2026-01-20" },
    events: [
      { at: "2026-01-10T09:00:00.000Z", type: "voyage.sail" },
      ...(number > 1 ? [{ at: "2026-01-25T09:00:00.000Z", type: "voyage.land" }] : []),
    ],
  }));
  const window = { since: "2026-01-01T00:00:00.000Z", until: "2026-03-01T00:00:00.000Z" };
  expect(backtest(playing, histories, window)).toEqual({
    cases: 3,
    entered: { loading: 3, sailing: 3, late: 3, landed: 2 },
    standing: { late: 1, landed: 2 },
    effects: { notify: 3 },
    waits: { overdue: 3 },
    breaches: 0,
    refused: {},
  });
  const document = structuredClone(voyageWorkflow) as any;
  document.meta.delays.idle.duration = "P7D";
  document.meta.delays.overdue.after = "P10D";
  const draft: Playing = { model, machine: compileMachine(model, document)! };
  expect(backtest(draft, histories, window)).toMatchObject({
    effects: { notify: 4 },
    waits: { idle: 3, overdue: 1 },
    standing: { late: 1, landed: 2 },
  });
});

test("what its actions wrote in the past a case has where they write it here and cannot know what, and nowhere else", () => {
  const at = "2026-01-10T09:00:00.000Z";
  const record = { ...beginning.record, cargo: 5, due_on: "2026-01-20" };
  const own = { remark: "fast", name: "Deneb" };
  const events = [
    { at, type: "voyage.sail" },
    { at, own },
    { at: "2026-01-15T09:00:00.000Z", type: "voyage.land" },
  ];
  const histories: History[] = [{ run: "1", begunAt: "2026-01-01T09:00:00.000Z", record, events }];
  const window = { since: "2026-01-01T00:00:00.000Z", until: "2026-01-16T00:00:00.000Z" };
  const landed = (set: object | undefined) => {
    const document = structuredClone(voyageWorkflow) as any;
    const { loading, sailing } = document.states.course.states.under_way.states;
    if (set) loading.on["voyage.sail"][0].actions = [{ type: "record.update", params: { set } }];
    const cel = "record.remark == 'fast' && record.name == 'Vega'";
    sailing.on["voyage.land"][0].guard = { type: "expr", params: { cel } };
    return backtest({ model, machine: compileMachine(model, document)! }, histories, window).standing;
  };
  const unknown = { cel: "record.due_on == null ? 'slow' : null" };
  expect([landed({ remark: unknown }), landed({ remark: "slow" }), landed(undefined)]).toEqual([
    { landed: 1 },
    { sailing: 1 },
    { sailing: 1 },
  ]);
});

test("a case hears of what it changes in its own record, and has nobody's rights when a wait is over", () => {
  const document = structuredClone(voyageWorkflow) as any;
  const { loading } = document.states.course.states.under_way.states;
  loading.after.idle[0].actions = [{ type: "record.update", params: { set: { remark: "idle" } } }];
  document.meta.events["voyage.forgotten"] = {
    title: "Forgotten",
    source: "record",
    when: { cel: "record.remark == 'idle'" },
  };
  loading.on["voyage.forgotten"] = [{ target: "sailing", meta: { id: "tr_forgotten", title: "Forgotten" } }];
  const cargo = { ...beginning, record: { ...beginning.record, cargo: 5 } };
  const played = (drawn: object) => {
    const own: Playing = { model, machine: compileMachine(model, drawn as typeof voyageWorkflow)! };
    return advanceCase(own, beginCase(own, cargo), "2026-03-17T09:00:00.000Z");
  };
  expect(played(document).steps.map(({ cause, to }) => [cause.name, to])).toEqual([
    ["begin", "loading"],
    ["idle", "loading"],
    ["voyage.forgotten", "sailing"],
  ]);
  loading.after.idle[0].guard = { type: "can", params: { right: "voyage.sail" } };
  expect(played(document).steps.map(({ cause }) => cause.name)).toEqual(["begin"]);
});
