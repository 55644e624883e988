import type { CalendarDocument, Transition, WorkflowDocument } from "schemas";
import { describe, expect, test } from "vitest";
import { voyageEntity } from "../../test/fixtures/voyage.ts";
import { check } from "../check.ts";
import { readModel } from "../model.ts";
import { begin, fire, place, step, type Snapshot, type Step } from "./kernel.ts";
import { machineOf } from "./machine.ts";

const office: CalendarDocument = {
  $schema: "urn:trellis:calendar:1",
  $id: "office",
  $anchor: "cal_office",
  title: "Office",
  time_zone: "UTC",
  hours: Object.fromEntries(["mon", "tue", "wed", "thu", "fri"].map((day) => [day, ["09:00-17:00"]])),
};
const move = (id: string, target?: string): [Transition] => [
  { ...(target ? { target } : {}), meta: { id, title: id } },
];
/** A case whose promise stands while the customer is waited for, in a region that knows nothing of it. */
const service: WorkflowDocument = {
  $schema: "urn:trellis:workflow:1",
  id: "voyage",
  type: "parallel",
  states: {
    work: {
      initial: "open",
      states: {
        open: {
          on: { "case.ask": move("tr_ask", "waiting"), "case.solve": move("tr_solve", "solved") },
          meta: { id: "st_open", title: "Open", clock: { start: ["resolution"] } },
        },
        waiting: {
          on: { "case.answer": move("tr_answer", "open") },
          meta: { id: "st_waiting", title: "Waiting", clock: { pause: ["resolution"] } },
        },
        solved: {
          on: { "case.reopen": move("tr_reopen", "open") },
          meta: { id: "st_solved", title: "Solved", clock: { stop: ["resolution"] } },
        },
      },
      meta: { id: "st_work", title: "Work", main: true },
    },
    promise: {
      initial: "kept",
      states: {
        kept: {
          after: { warn: move("tr_warn"), due: move("tr_due", "broken") },
          meta: { id: "st_kept", title: "Kept" },
        },
        broken: { meta: { id: "st_broken", title: "Broken" } },
      },
      meta: { id: "st_promise", title: "Promise" },
    },
  },
  meta: {
    id: "wf_voyage",
    title: "Voyage",
    format: "wf/1",
    kind: "pipeline",
    entity: "voyage",
    events: Object.fromEntries(
      ["ask", "answer", "solve", "reopen"].map((it) => [`case.${it}`, { title: it, source: "user" as const }]),
    ),
    delays: {
      due: {
        clock: "resolution",
        calendar: "office",
        budget: { cel: "record.cargo > 9 ? duration('PT4H') : duration('PT8H')" },
      },
      warn: { clock: "resolution", fraction: 0.75 },
    },
  },
};
const documents = (workflow: WorkflowDocument) => [voyageEntity, office, workflow];
const model = readModel(documents(service));
const machine = machineOf(model, "voyage")!;
/** A moment of June 2026, whose first day is a Monday: `1 09:00`. */
const at = (when: string) => {
  const [day = "", clock] = when.split(" ");
  return `2026-06-${day.padStart(2, "0")}T${clock}:00.000Z`;
};
const scene = (when: string, cargo = "5") => ({
  record: { cargo },
  user: {},
  now: at(when),
  today: at(when).slice(0, 10),
});
const kept = ({ snapshot }: Step): Snapshot => JSON.parse(JSON.stringify(snapshot)) as Snapshot;
const send = (from: Step, type: string, when: string) =>
  step(machine, kept(from), { type: `case.${type}` }, scene(when));
const timers = ({ timers: { set, cancelled } }: Step) => ({
  set: Object.fromEntries(set.map(({ name, due }) => [name.split(".")[2], due])),
  cancelled: cancelled.map((name) => name.split(".")[2]),
});

test("waits by a clock are without fault, and need a state that starts it", () => {
  const faults = (workflow: WorkflowDocument) =>
    check(documents(workflow)).filter(({ path }) => path.includes("/meta/") || path.includes("clock"));
  expect(faults(service)).toEqual([]);
  const { open, ...others } = service.states.work!.states!;
  const bare = { ...open!, meta: { id: "st_open", title: "Open" } };
  const work = { ...service.states.work!, states: { open: bare, ...others } };
  expect(faults({ ...service, states: { ...service.states, work } }).map(({ path }) => path)).toEqual([
    "/workflow/voyage/meta/delays/due/clock",
    "/workflow/voyage/meta/delays/warn/clock",
  ]);
});

describe("a promise that is counted in business time", () => {
  const begun = begin(machine, scene("5 14:00"));

  test("P5: is warned of after its part and over after the whole, over a weekend", () => {
    expect(timers(begun).set).toEqual({ warn: at("8 12:00"), due: at("8 14:00") });
  });

  test("P2: stands while the customer is waited for, in whichever region; then the rest is left", () => {
    const asked = send(begun, "ask", "5 15:00");
    expect(timers(asked)).toEqual({ set: {}, cancelled: ["warn", "due"] });
    const answered = send(asked, "answer", "8 10:00");
    expect(timers(answered)).toEqual({ set: { warn: at("8 15:00"), due: at("8 17:00") }, cancelled: [] });
  });

  test("allows what the record says", () => {
    expect(timers(begin(machine, scene("1 09:00", "10"))).set).toEqual({ warn: at("1 12:00"), due: at("1 13:00") });
  });

  test("tells once: what was warned of before a pause is not told again after it", () => {
    const warned = fire(machine, kept(begun), "xstate.after.warn.st_kept", scene("8 12:00"));
    const again = send(send(warned, "ask", "8 12:30"), "answer", "8 15:00");
    expect(timers(again)).toEqual({ set: { due: at("8 16:30") }, cancelled: ["warn"] });
  });

  test("is broken at its moment, and neither a pause nor a solution takes that back", () => {
    const broken = fire(machine, kept(begun), "xstate.after.due.st_kept", scene("8 14:00"));
    expect(broken.snapshot.value).toMatchObject({ promise: "broken" });
    expect(timers(send(send(broken, "ask", "8 15:00"), "answer", "8 16:00")).set).toEqual({});
  });

  test("ends with the solution, and begins anew when that does not hold", () => {
    const solved = send(begun, "solve", "5 16:00");
    expect(timers(solved)).toEqual({ set: {}, cancelled: ["warn", "due"] });
    expect(timers(send(solved, "reopen", "9 09:00")).set).toEqual({ warn: at("9 15:00"), due: at("9 17:00") });
  });

  test("begins where a run is put into the midst of it", () => {
    const placed = place(machine, "open", scene("1 09:00"));
    expect(timers(placed).set).toMatchObject({ due: at("1 17:00") });
  });
});
