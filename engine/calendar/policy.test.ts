import { describe, expect, test } from "vitest";
import { breachRisk, readClock, startClock, type Target } from "./clock.ts";
import type { Schedule } from "./hours.ts";
import { followClocks, standardClocks, type ClockDefinition, type ClockEvent } from "./policy.ts";
import { zoneOf } from "./zone.ts";

const spans = ["09:00-17:00"];
const weekdays = (time_zone: string, ...hours: string[]): Schedule => ({
  time_zone,
  hours: { mon: hours, tue: hours, wed: hours, thu: hours, fri: hours },
});
const berlin = weekdays("Europe/Berlin", ...spans);
const minutes = (count: number) => count * 60_000;
const hours = (count: number) => minutes(count * 60);
/** `1 09:00`: a day of June 2026 in Berlin; or a whole day and time. */
function at(local: string, { time_zone }: Schedule = berlin): number {
  const [day = "", clock] = local.split(" ");
  return zoneOf(time_zone).moment(Date.parse(`${day.length > 2 ? day : `2026-06-${day.padStart(2, "0")}`}T${clock}Z`));
}
function shown(moment: number | null | undefined, { time_zone }: Schedule = berlin): string | undefined {
  if (moment === null || moment === undefined) return undefined;
  const [day = "", clock] = new Date(zoneOf(time_zone).shown(moment)).toISOString().split("T");
  return `${Number(day.slice(8))} ${clock?.slice(0, 5)}`;
}

const waiting = ["sla.waiting_customer"];
const targets = (target: Target) => ({
  first_response: target,
  next_response: target,
  update: target,
  resolution: target,
});
const opened = (when: string, target: number, tags: readonly string[] = []): ClockEvent => ({
  at: at(when),
  event: { type: "opened" },
  targets: targets({ ms: minutes(target) }),
  tags,
});
const tagged = (when: string, ...tags: string[]): ClockEvent => ({ at: at(when), tags });
const said = (when: string, from: string, isPublic = true): ClockEvent => ({
  at: at(when),
  event: { type: "message", data: { from, public: isPublic } },
});
const follow = (
  name: keyof typeof standardClocks,
  log: readonly ClockEvent[],
  now: string,
  change: Partial<ClockDefinition> = {},
) => {
  const policy = { ...standardClocks, [name]: { ...standardClocks[name], ...change } };
  return followClocks(policy, log, berlin, at(now)).get(name);
};

describe("the vectors of the specification by their numbers", () => {
  test("P1: a pause stands still and leaves the rest for afterwards", () => {
    const log = [opened("1 09:00", 480), tagged("1 13:00", ...waiting), tagged("2 11:00")];
    const paused = follow("resolution", log, "2 10:00")!;
    expect(paused).toMatchObject({ state: "paused", elapsedMs: minutes(240), remainingMs: minutes(240), dueAt: null });
    const resumed = follow("resolution", log, "2 12:00")!;
    expect(resumed).toMatchObject({ state: "running", pausedMs: minutes(360), elapsedMs: minutes(300) });
    expect(shown(resumed.dueAt)).toBe("2 15:00");
  });

  test("P2: a pause over a weekend costs its business time, not its hours on the wall", () => {
    const log = [opened("5 14:00", 240), tagged("5 15:00", ...waiting), tagged("8 10:00")];
    expect(shown(follow("resolution", log, "8 10:00")!.dueAt)).toBe("8 13:00");
  });

  test("P3: a pause outside hours costs nothing", () => {
    const log = [opened("1 16:00", 120), tagged("1 18:00", ...waiting), tagged("2 08:00")];
    const clock = follow("resolution", log, "2 08:00")!;
    expect(clock.pausedMs).toBe(0);
    expect(shown(clock.dueAt)).toBe("2 10:00");
  });

  test("P5: a warning comes after its part of business time", () => {
    const clock = follow("resolution", [opened("5 14:00", 480)], "5 14:00", {
      warn: [{ fraction: 0.75 }, { beforeMs: minutes(60) }],
    })!;
    expect(clock.warnsAt.map((it) => shown(it))).toEqual(["8 12:00", "8 13:00"]);
    expect(shown(clock.dueAt)).toBe("8 14:00");
  });

  test("P6: the next response is owed from the oldest unanswered message on", () => {
    const log = [
      opened("2 09:00", 60),
      said("2 09:05", "customer"),
      said("2 09:30", "agent"),
      said("2 16:30", "customer"),
      said("3 09:10", "customer"),
      said("3 09:25", "agent"),
    ];
    expect(shown(follow("next_response", log, "3 09:20")!.dueAt)).toBe("3 09:30");
    const met = follow("next_response", log, "4 12:00")!;
    expect(met).toMatchObject({ state: "met", elapsedMs: minutes(55), past: [] });
    expect(shown(met.dueAt)).toBe("3 09:30");
  });

  test("P8: a weekend before the first reply uses nothing", () => {
    const log = [opened("6 13:00", 60), said("6 13:00", "customer"), said("8 09:20", "agent")];
    expect(follow("first_response", log, "8 12:00")).toMatchObject({ state: "met", elapsedMs: minutes(20) });
  });

  test("P9: a case that is done owes no next response", () => {
    const log = [
      opened("2 09:00", 60),
      said("2 09:00", "customer"),
      said("2 09:30", "agent"),
      said("2 10:00", "customer"),
      tagged("2 10:30", "sla.done"),
    ];
    expect(follow("next_response", log, "4 10:00")).toMatchObject({ state: "met", elapsedMs: minutes(30) });
  });
});

test("what ends at the very moment at which it is due is met; a moment later is not", () => {
  const log = (end: number): ClockEvent[] => [opened("1 09:00", 60), { at: end, tags: ["sla.done"] }];
  expect(follow("resolution", log(at("1 10:00")), "2 09:00")).toMatchObject({ state: "met", remainingMs: 0 });
  const late = follow("resolution", log(at("1 10:00") + 1), "2 09:00")!;
  expect(late.state).toBe("breached");
  expect(shown(late.dueAt)).toBe("1 10:00");
});

test("a breach is judged by time, whoever looks when; a pause does not heal it", () => {
  const log = [opened("1 09:00", 60), tagged("1 12:00", ...waiting)];
  expect(follow("resolution", log, "1 10:00")!.state).toBe("running");
  expect(follow("resolution", log, "1 11:00")).toMatchObject({ state: "breached", remainingMs: minutes(-60) });
  expect(shown(follow("resolution", log, "5 10:00")!.dueAt)).toBe("1 10:00");
});

test("a clock that begins outside hours runs and uses nothing until they begin", () => {
  const log = [opened("6 13:00", 60)];
  expect(follow("resolution", log, "7 13:00")).toMatchObject({ state: "running", elapsedMs: 0 });
  expect(shown(follow("resolution", log, "7 13:00")!.dueAt)).toBe("8 10:00");
});

test("robots and notes answer nobody; an answered call does", () => {
  const log = [
    opened("1 09:00", 60),
    said("1 09:00", "customer"),
    said("1 09:01", "bot"),
    said("1 09:10", "agent", false),
  ];
  expect(follow("first_response", log, "1 09:30")!.state).toBe("running");
  const call = { at: at("1 09:40"), event: { type: "call.answered", data: { direction: "out" } } };
  expect(follow("first_response", [...log, call], "1 10:30")).toMatchObject({ state: "met", elapsedMs: minutes(40) });
});

test("a case that an agent opens owes no first response until the customer speaks", () => {
  const log = [opened("1 09:00", 60), said("1 09:00", "agent"), said("1 11:00", "customer")];
  expect(follow("first_response", log, "1 10:00")).toBeUndefined();
  expect(shown(follow("first_response", log, "1 11:30")!.dueAt)).toBe("1 12:00");
});

test("the next response is owed only when the first was given, each time anew", () => {
  const log = [
    opened("1 09:00", 60),
    said("1 09:00", "customer"),
    said("1 09:10", "customer"),
    said("1 09:30", "agent"),
    said("1 10:00", "customer"),
    said("1 10:15", "agent"),
    said("1 12:00", "customer"),
  ];
  expect(follow("next_response", log, "1 09:20")).toBeUndefined();
  expect(follow("next_response", log, "1 12:30")).toMatchObject({
    state: "running",
    elapsedMs: minutes(30),
    past: [{ state: "met", elapsedMs: minutes(15) }],
  });
});

test("updates are owed from the last message to the customer on, while nobody waits for him", () => {
  const log = [
    opened("1 09:00", 120),
    said("1 10:00", "agent"),
    said("1 11:30", "agent"),
    tagged("1 12:00", ...waiting),
  ];
  expect(shown(follow("update", log, "1 11:45")!.dueAt)).toBe("1 13:30");
  expect(follow("update", log, "1 15:00")).toMatchObject({ state: "paused", elapsedMs: minutes(30) });
});

test("a case that is reopened goes on, begins anew or is another, as the policy says", () => {
  const log = [opened("1 09:00", 240), tagged("1 10:00", "sla.done"), tagged("1 14:00")];
  expect(follow("resolution", log, "1 15:00")).toMatchObject({ elapsedMs: hours(2), past: [] });
  expect(follow("resolution", log, "1 15:00", { onReopen: "restart" })).toMatchObject({
    elapsedMs: hours(1),
    past: [],
  });
  expect(follow("resolution", log, "1 15:00", { onReopen: "new_cycle" })).toMatchObject({
    elapsedMs: hours(1),
    past: [{ state: "met", elapsedMs: hours(1) }],
  });
});

describe("another target", () => {
  const tokyo: Schedule = {
    ...weekdays("Asia/Tokyo", "09:00-18:00"),
    exceptions: { "2026-05-04": {}, "2026-05-05": {}, "2026-05-06": {} },
  };
  const may = (clock: string) => at(`2026-05-01 ${clock}`, tokyo);
  const log: ClockEvent[] = [
    { at: may("10:00"), event: { type: "opened" }, targets: { resolution: { ms: hours(27) } } },
    { at: may("13:00"), targets: { resolution: { ms: hours(4) } } },
  ];
  const clock = (change: Partial<ClockDefinition>, events = log, now = may("13:30")) =>
    followClocks({ resolution: { ...standardClocks.resolution, ...change } }, events, tokyo, now).get("resolution")!;

  test("counts from the beginning; the old one was given up, neither met nor missed", () => {
    expect(shown(clock({}).dueAt, tokyo)).toBe("1 14:00");
    expect(clock({})).toMatchObject({ elapsedMs: hours(3.5), late: false, past: [{ state: "cancelled" }] });
  });

  test("or from its change, where the policy says so", () => {
    expect(shown(clock({ onPolicyChange: "from_change" }).dueAt, tokyo)).toBe("1 17:00");
  });

  test("taken back, leaves what ran", () => {
    const back = [...log, { at: may("13:45"), targets: { resolution: { ms: hours(27) } } }];
    const { past, state } = clock({}, back, may("14:30"));
    expect(state).toBe("running");
    expect(past.map(({ elapsedMs }) => elapsedMs)).toEqual([hours(3), hours(3.75)]);
  });

  test("that is over already is late, and known as such", () => {
    const short = [log[0]!, { at: may("13:00"), targets: { resolution: { ms: hours(2) } } }];
    expect(clock({}, short)).toMatchObject({ state: "breached", late: true });
    expect(shown(clock({}, short).dueAt, tokyo)).toBe("1 12:00");
  });
});

test("a case that moves to another calendar keeps what it used", () => {
  const tokyo = weekdays("Asia/Tokyo", "09:00-18:00");
  const london: Schedule = weekdays("Europe/London", "09:00-17:30");
  const log: ClockEvent[] = [
    { at: at("2026-05-01 16:00", tokyo), event: { type: "opened" }, targets: { resolution: { ms: hours(4) } } },
    { at: at("2026-05-01 17:00", tokyo), schedule: london },
  ];
  const clock = followClocks(standardClocks, log, tokyo, at("2026-05-01 10:00", london)).get("resolution")!;
  expect(clock.elapsedMs).toBe(hours(2));
  expect(shown(clock.dueAt, london)).toBe("1 12:00");
});

test("a target in working days is counted in days, and moved by business time that stood still", () => {
  const start = startClock(at("5 18:00"));
  const terms = { schedule: berlin, target: { days: 1 } };
  expect(shown(readClock(start, terms, at("5 18:00")).dueAt)).toBe("9 09:00");
  const log = [
    { ...opened("5 10:00", 0), targets: { resolution: { days: 2 } } },
    tagged("8 09:00", ...waiting),
    tagged("8 11:00"),
  ];
  expect(shown(follow("resolution", log.slice(0, 1), "5 10:00")!.dueAt)).toBe("9 10:00");
  expect(shown(follow("resolution", log, "8 12:00")!.dueAt)).toBe("9 12:00");
});

test("how likely a breach is rests on those that were still going after so long", () => {
  const earlier = [1, 2, 3, 5, 6, 9].map(hours);
  expect(breachRisk({ elapsedMs: hours(2.5), targetMs: hours(5.5) }, earlier)).toEqual({ risk: 0.5, of: 4 });
  expect(breachRisk({ elapsedMs: hours(9), targetMs: hours(10) }, earlier)).toBeUndefined();
});
