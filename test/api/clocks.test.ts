import type { AnyDocument, SlaPolicyDocument } from "schemas";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { moveDue } from "../../runtime/store/due.ts";
import { inbox } from "../../runtime/store/inbox.ts";
import { ringClocks } from "../../runtime/store/ring-clocks.ts";
import { claimDocuments, promises } from "../fixtures/promises.ts";
import { world, type World } from "../world.ts";

vi.setConfig({ testTimeout: 120_000 });

let w: World;

beforeAll(async () => {
  w = await world({ documents: claimDocuments });
});
afterAll(() => w.close());

/** A moment of Tokyo in May 2026: `1 10:00`. */
const may = (local: string) => {
  const [day = "", time] = local.split(" ");
  return new Date(`2026-05-${day.padStart(2, "0")}T${time}:00+09:00`).toISOString();
};
const at = async (moment: string) => expect((await w.admin.post("/api/test/clock", { now: moment })).status).toBe(200);
const open = async (values: object = {}): Promise<string> => {
  const made = await w.admin.post("/api/records/claim", { subject: "Laser LX1 stops", ...values });
  expect(made.status, made.text).toBe(201);
  return made.json.id;
};
const send = async (id: string, type: string) => {
  const answer = await w.admin.post(`/api/records/claim/${id}/events`, { type: `claim.${type}` });
  expect(answer.status, answer.text).toBeLessThan(300);
};
const match = async (id: string) => ({ "if-match": `"${(await record(id)).version}"` });
const change = async (id: string, values: object) => {
  const answer = await w.admin.patch(`/api/records/claim/${id}`, values, await match(id));
  expect(answer.status, answer.text).toBe(200);
};
const record = async (id: string) => (await w.admin.get(`/api/records/claim/${id}`)).json;
const clock = async (id: string) => (await w.admin.get(`/api/records/claim/${id}/clocks`)).json.items[0];
async function publish(...documents: readonly AnyDocument[]) {
  const change = (await w.admin.post("/api/changes", { reason: "Test" })).json.id;
  for (const document of documents) {
    const [kind, name] = "$id" in document ? [document.$schema.split(":")[2], document.$id] : ["workflow", document.id];
    const answer = await w.admin.send("PUT", `/api/documents/${kind}/${name}?change=${change}`, { body: document });
    expect(answer.status, answer.text).toBe(200);
  }
  return w.admin.post(`/api/changes/${change}/publish`);
}
const resolution = (given: object): SlaPolicyDocument => ({
  ...promises,
  clocks: [{ ...promises.clocks[0], ...given }],
});
const hour = 3_600_000;

describe("task sla-retroactive-priority", () => {
  test("a raised priority counts from the opening; the old target is given up, and lowering it again forgets nothing", async () => {
    await at(may("1 10:00"));
    const id = await open();
    expect(await record(id)).toMatchObject({ next_due: may("11 10:00"), promise: "running" });
    await at(may("1 13:00"));
    await change(id, { priority: "p1" });
    expect(await record(id)).toMatchObject({ next_due: may("1 14:00"), promise: "running", version: 2 });
    expect(await clock(id)).toMatchObject({
      state: "running",
      elapsed_ms: 3 * hour,
      remaining_ms: hour,
      target: "PT14400S",
      past: [{ state: "cancelled", target: "PT97200S", until: may("1 13:00"), elapsed_ms: 3 * hour }],
    });
    await at(may("1 13:30"));
    await change(id, { priority: "p3" });
    const { past, due_at } = await clock(id);
    expect(due_at).toBe(may("11 10:00"));
    expect(past).toMatchObject([
      { target: "PT97200S", until: may("1 13:00") },
      { state: "cancelled", target: "PT14400S", until: may("1 13:30"), elapsed_ms: 3.5 * hour },
    ]);
  });

  test("as a variant it counts from the change", async () => {
    expect((await publish(resolution({ on_policy_change: "from_change" }))).status).toBe(200);
    await at(may("1 10:00"));
    const id = await open();
    await at(may("1 13:00"));
    await change(id, { priority: "p1" });
    expect(await record(id)).toMatchObject({ next_due: may("1 17:00") });
    expect((await clock(id)).past).toMatchObject([{ state: "cancelled" }]);
    await send(id, "solve");
    expect((await publish(promises)).status).toBe(200);
  });

  test("another promise in the settings leaves what runs, or moves it when asked, with a count", async () => {
    await at(may("1 10:00"));
    const [urgent, other] = [await open({ priority: "p1" }), await open()];
    const [first, second] = promises.targets as [SlaPolicyDocument["targets"][0], SlaPolicyDocument["targets"][0]];
    const longer: SlaPolicyDocument = {
      ...promises,
      targets: [{ ...first, promises: { resolution: "PT6H" } }, second],
    };
    expect((await publish(longer)).status).toBe(200);
    await change(urgent, { subject: "Laser LX1 stops again" });
    expect(await record(urgent)).toMatchObject({ next_due: may("1 14:00") });
    expect(await record(await open({ priority: "p1" }))).toMatchObject({ next_due: may("1 16:00") });
    const dry = await w.admin.post("/api/clocks/claim/recount", { dry: true });
    expect(dry.json).toEqual({ records: 1 });
    expect(await record(urgent)).toMatchObject({ next_due: may("1 14:00") });
    expect((await w.admin.post("/api/clocks/claim/recount", {})).json).toEqual({ records: 1 });
    expect(await record(urgent)).toMatchObject({ next_due: may("1 16:00") });
    expect(await record(other)).toMatchObject({ next_due: may("11 10:00") });
    expect((await publish(promises)).status).toBe(200);
  });
});

describe("a clock of a record", () => {
  test("stands, goes on, is met and comes back with the state of its record, in the same write", async () => {
    await at(may("1 10:00"));
    const id = await open({ priority: "p1" });
    await at(may("1 11:00"));
    await send(id, "ask");
    expect(await record(id)).toMatchObject({ next_due: null, promise: "paused", version: 2 });
    await at(may("7 09:00"));
    await send(id, "answer");
    expect(await record(id)).toMatchObject({ next_due: may("7 12:00"), promise: "running" });
    await at(may("7 10:00"));
    await send(id, "solve");
    expect(await record(id)).toMatchObject({ next_due: null, promise: "met", solved_at: may("7 10:00") });
    await at(may("7 11:00"));
    await send(id, "reopen");
    expect(await record(id)).toMatchObject({ next_due: may("7 13:00"), promise: "running", solved_at: null });
    const { segments } = await clock(id);
    expect(
      segments.map(({ kind, title, used_ms, usedMs }: any) => [kind, title ?? null, (used_ms ?? usedMs) / hour]),
    ).toEqual([
      ["ran", null, 1],
      ["paused", null, 0],
      ["ran", null, 1],
      ["paused", null, 0],
    ]);
  });

  test("is explained by its pieces: what ran, what was closed, and the days off by their names", async () => {
    await at(may("1 17:00"));
    const id = await open({ priority: "p1" });
    await at(may("7 10:00"));
    const { segments, elapsed_ms, calendar } = await clock(id);
    expect(calendar).toEqual({ title: "Japan", time_zone: "Asia/Tokyo" });
    expect(segments.map(({ kind, title }: any) => title ?? kind)).toEqual([
      "ran",
      "closed",
      "Greenery Day",
      "Children's Day",
      "Constitution Day (substitute)",
      "closed",
      "ran",
    ]);
    expect(segments.reduce((sum: number, { usedMs }: any) => sum + usedMs, 0)).toBe(elapsed_ms);
  });

  test("warns once and breaches once: the bell, the workflow and the record hear of it", async () => {
    await at(may("11 10:00"));
    const id = await open({ priority: "p1" });
    const ring = async () => {
      for (const failure of (await ringClocks(w.workspace, w.clock.now())).failures) throw failure;
      await moveDue(w.workspace, w.clock.now(), inbox);
    };
    const codes = async () =>
      (await w.sql("select told ->> 'code' as code from {ws}._notification where record = $1 order by at", [id])).map(
        ({ code }) => code,
      );
    await at(may("11 12:59"));
    await ring();
    expect(await codes()).toEqual([]);
    await at(may("11 13:00"));
    await ring();
    await ring();
    expect(await codes()).toEqual(["clock_warned"]);
    await at(may("11 14:00"));
    await ring();
    expect(await record(id)).toMatchObject({ promise: "running", escalated: null });
    await at(may("11 14:01"));
    await ring();
    await ring();
    expect(await codes()).toEqual(["clock_warned", "clock_breached"]);
    expect(await record(id)).toMatchObject({ promise: "breached", escalated: true, next_due: may("11 14:00") });
    await send(id, "solve");
    expect(await record(id)).toMatchObject({ promise: "breached", next_due: null });
  });

  test("that is over when its target comes is breached, and nobody is told as if it had just happened", async () => {
    await at(may("11 10:00"));
    const id = await open();
    await at(may("12 10:00"));
    await change(id, { priority: "p1" });
    expect(await record(id)).toMatchObject({ promise: "breached" });
    await ringClocks(w.workspace, w.clock.now());
    expect(await w.sql("select 1 from {ws}._notification where record = $1", [id])).toEqual([]);
  });

  test("rests in the trash, and comes in lists by what is due next", async () => {
    await at(may("18 10:00"));
    const [late, soon] = [await open({ subject: "Sorted" }), await open({ subject: "Sorted", priority: "p1" })];
    const list = await w.admin.get(
      `/api/records/claim?filter=${encodeURIComponent(`subject == "Sorted"`)}&sort=next_due`,
    );
    expect(
      list.json.items.map(({ id }: any) => id),
      list.text,
    ).toEqual([soon, late]);
    await w.admin.delete(`/api/records/claim/${soon}`, await match(soon));
    await at(may("18 15:00"));
    await ringClocks(w.workspace, w.clock.now());
    expect(await w.sql("select held from {ws}._clock where record = $1", [soon])).toEqual([{ held: true }]);
    expect((await w.admin.post(`/api/records/claim/${soon}/restore`)).status).toBeLessThan(300);
    await ringClocks(w.workspace, w.clock.now());
    expect(await record(soon)).toMatchObject({ promise: "breached" });
    const brief = await w.admin.get(`/api/clocks/claim?ids=${soon},${late}`);
    expect(brief.json.items[late]).toMatchObject([{ clock: "resolution", state: "running", going: true }]);
  });
});

test("a policy that cannot be kept is refused whole, each fault in its place", async () => {
  const broken = {
    ...promises,
    calendar: "japn",
    due: "escalated",
    clocks: [promises.clocks[0], { ...promises.clocks[0], $anchor: "clk_other", behind: "nothing" }],
    targets: [{ ...promises.targets[0], promises: { resolution: "P1DT4H", response: "PT1H" } }],
  } as unknown as SlaPolicyDocument;
  const answer = await publish(broken);
  expect(answer.status).toBe(422);
  expect(answer.json.problems.map(({ code, path }: any) => `${code} ${path}`)).toEqual([
    "calendar.unknown /sla-policy/claim_promises/calendar",
    "sla.field /sla-policy/claim_promises/due",
    "name.taken /sla-policy/claim_promises/clocks/1/name",
    "sla.clock /sla-policy/claim_promises/clocks/1/behind",
    "sla.promise /sla-policy/claim_promises/targets/0/promises/resolution",
    "sla.clock /sla-policy/claim_promises/targets/0/promises/response",
  ]);
});
