import { expect, test } from "vitest";
import {
  begin,
  check,
  complete,
  fire,
  machineOf,
  readModel,
  report,
  shapeFaults,
  step,
  type RunScene,
  type RunStep,
  type Snapshot,
} from "engine";
import { exampleDocuments, exampleNames, exampleOf } from "../fixtures/worked-examples.ts";

test.each(exampleNames)("the worked example %s is of the form that the schema wants", (name) => {
  expect(shapeFaults(exampleOf(name))).toEqual([]);
});

test("nothing stands against publishing the worked examples", () => {
  expect(check(exampleDocuments())).toEqual([]);
});

const model = readModel(exampleDocuments());
const start = "2026-03-02T09:00:00.000Z";
const kept = (snapshot: Snapshot): Snapshot => JSON.parse(JSON.stringify(snapshot)) as Snapshot;

/** A run of an example, written down between every two moves; what its moves asked for is told by each. */
function runOf(name: (typeof exampleNames)[number], record: Readonly<Record<string, unknown>>) {
  const machine = machineOf(model, name)!;
  let values = { id: "r1", owner: "u1", ...record };
  const scene = (): RunScene => ({ record: values, user: { id: "u9" }, now: start, today: start.slice(0, 10) });
  let at: Snapshot;
  const take = (moved: RunStep) => {
    at = kept(moved.snapshot);
    values = { ...values, ...moved.patch };
    return {
      state: moved.state,
      context: at.context,
      status: at.status,
      told: moved.effects.flatMap((effect) => (effect.do === "notify" ? [effect.title] : [])),
      created: moved.effects.filter((effect) => effect.do === "record.create").length,
      set: moved.timers.set.map(({ name: it }) => it),
      cancelled: moved.timers.cancelled,
      started: moved.invocations.started.map(({ id }) => id),
      stopped: moved.invocations.stopped,
      output: moved.output,
    };
  };
  return {
    begun: take(begin(machine, scene())),
    send: (type: string, data?: unknown, source: "user" | "record" | "integration" | "run" = "user") =>
      take(step(machine, at, { type, data, source }, scene())),
    fire: (timer: string) => take(fire(machine, at, timer, scene())),
    report: (type: string) => take(report(machine, at, { type, data: null, keep: {} }, scene())),
    end: (id: string, output: unknown) => take(complete(machine, at, id, { output }, scene())),
    write: (next: Readonly<Record<string, unknown>>) => void (values = { ...values, ...next }),
  };
}

test("a deal goes from its first call over an approval to won", () => {
  const run = runOf("deal_pipeline", {
    title: "Pumps",
    contact: "c1",
    budget: "500",
    discount_pct: "25",
    signed_on: null,
  });
  expect(run.begun).toMatchObject({ state: "qualify", created: 1, started: [] });
  expect(run.send("deal.advance")).toMatchObject({ state: "proposal" });
  expect(run.send("deal.advance")).toMatchObject({ state: "approval", started: ["discount_approval"] });
  const approved = run.end("discount_approval", { decision: "approve", by: "u9" });
  expect(approved).toMatchObject({ state: "negotiation", context: { discount_approved_by: "u9" } });
  expect(() => run.send("deal.advance")).toThrow("The contract is not signed.");
  run.write({ signed_on: "2026-03-02" });
  expect(run.send("deal.advance")).toMatchObject({ state: "won", status: "active" });
});

test("a trial is nudged, waits for its end, and is over the moment somebody subscribes", () => {
  const run = runOf("trial_nurture", { score: 10, trial_ends_at: "2026-03-30T00:00:00.000Z" });
  const wait = (delay: string, state: string) => `xstate.after.${delay}.${state}`;
  expect(run.begun).toMatchObject({ state: "welcome", told: ["welcome"], set: [wait("d3", "st_welcome")] });
  expect(run.fire(wait("d3", "st_welcome"))).toMatchObject({ state: "nudge", told: ["nudge"] });
  const split = run.fire(wait("d5", "st_nudge"));
  expect(["study", "tips"]).toContain(split.state);
  const open = wait("until_trial_end", `st_${split.state}`);
  expect(split).toMatchObject({ set: [open], context: { sent: "1" } });
  expect(run.fire(open)).toMatchObject({ state: "last_call", set: [wait("d3", "st_last_call")] });
  expect(run.send("subscription.started", undefined, "record")).toMatchObject({
    state: "converted",
    status: "done",
    cancelled: [wait("d3", "st_last_call")],
  });
});

test("a repair goes through tasks, a process and a broken promise to its end", () => {
  const run = runOf("repair_case", { number: "C-7", serial: "S1", priority: "p1" });
  expect(run.begun).toMatchObject({ state: "triage,running", started: ["triage_task"] });
  expect(run.end("triage_task", { outcome: "return_device" })).toMatchObject({
    state: "rma,running",
    started: ["rma_process"],
  });
  expect(run.send("case.ask_customer").state).toBe("rma,paused");
  expect(run.send("case.customer_replied", undefined, "integration").state).toBe("rma,running");
  expect(run.end("rma_process", { received: true, rma_no: "RMA-1" })).toMatchObject({
    state: "diagnose,running",
    context: { rma_no: "RMA-1" },
    started: ["diagnosis"],
  });
  const warned = run.fire("xstate.after.sla_resolve.st_running");
  expect(warned).toMatchObject({ state: "diagnose,breached", context: { breaches: "1" }, stopped: [] });
  expect(run.end("diagnosis", { repairable: false })).toMatchObject({ state: "swap,breached" });
  expect(run.report("http.call.done")).toMatchObject({
    state: "closed,stopped",
    status: "done",
    output: { rma_no: "RMA-1", breaches: "1" },
  });
});
