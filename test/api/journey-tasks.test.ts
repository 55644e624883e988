import { shareOf } from "engine";
import type { AnyDocument } from "schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Mails } from "../../runtime/jobs/mails.ts";
import { networksOf } from "../../runtime/networks.ts";
import { openMailGate } from "../../runtime/outbound.ts";
import { moveDue } from "../../runtime/store/due.ts";
import { fireDue } from "../../runtime/store/fire.ts";
import { heard } from "../../runtime/store/heard.ts";
import { inbox } from "../../runtime/store/inbox.ts";
import { passageDrift } from "../../runtime/store/passages.ts";
import { publish } from "../../runtime/store/publish.ts";
import { holidays, journeyTaskDocuments, reentry } from "../fixtures/journey-tasks.ts";
import { solve } from "../fixtures/solve.ts";
import { world, type World } from "../world.ts";

/**
 * The tasks of people that speak of journeys, each by its id in `shared/tasks/tasks.jsonl`, through the API alone. They
 * come one after the other by one clock; where a task begins earlier than the one before, its days are later weeks' days.
 */

let w: World;
let mails: Mails;
beforeAll(async () => {
  w = await world({ documents: journeyTaskDocuments });
  mails = new Mails(new Map([["main", w.workspace]]), {
    clock: w.clock,
    gate: openMailGate({ open: networksOf(["127.0.0.1"]) }),
    origin: () => "http://localhost",
    report: (error) => expect(error).toBeUndefined(),
    told: () => undefined,
  });
});
afterAll(async () => {
  await mails.stop();
  await w.close();
});

const tokyo = (moment: string) => new Date(`2026-${moment}:00+09:00`);
const shown = (moment: string) => tokyo(moment).toISOString();
/** Sets the clock, and lets all come that is due by then. */
async function at(moment: string): Promise<void> {
  w.clock.set(tokyo(moment));
  await settle();
}
async function settle(): Promise<void> {
  const due = async () =>
    (await inbox.isDue(w.workspace, w.clock.now())) ||
    (await w.sql("select 1 from {ws}._sending where status = 'queued' and due_at <= $1", [w.clock.now()])).length > 0;
  for (let more = true; more;) {
    const done = [
      await fireDue(w.workspace, w.clock.now()),
      await moveDue(w.workspace, w.clock.now(), heard),
      await moveDue(w.workspace, w.clock.now(), inbox),
    ];
    expect(done.flatMap(({ failures }) => failures)).toEqual([]);
    await mails.carry();
    more = done.some(({ count }) => count > 0) || (await due());
  }
}
async function made(of: string, values: object): Promise<string> {
  const answer = await w.admin.post(`/api/records/${of}`, values);
  expect(answer.status, answer.text).toBe(201);
  await settle();
  return answer.json.id;
}
async function change(of: string, id: string, values: object) {
  const { version } = (await w.admin.get(`/api/records/${of}/${id}`)).json;
  const answer = await w.admin.patch(`/api/records/${of}/${id}`, values, { "if-match": `"${version}"` });
  expect(answer.status, answer.text).toBe(200);
  await settle();
}
/** Sends a public form as a browser does; answers whose record it is. */
async function subscribes(form: string, name: string): Promise<string> {
  const email = `${name.toLowerCase()}@example.com`;
  const altcha = await solve((await w.nobody.get(`/f/${form}/-/challenge`)).json);
  const body = new URLSearchParams({ name, email, "consent-0": "yes", altcha }).toString();
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const sent = await w.fetch(new Request(`http://localhost/f/${form}`, { method: "POST", body, headers }));
  expect(sent.status, await sent.text()).toBe(303);
  const [{ id }] = await w.sql("select id from {ws}.person where email = $1", [email]);
  await settle();
  return id;
}
const journeys = async (id: string, of = "person") => (await w.admin.get(`/api/records/${of}/${id}/journeys`)).json;
const run = async (id: string, of = "person") => (await journeys(id, of)).runs[0];
/** What has come to an address, the first first: subject and moment. */
async function got(name: string): Promise<readonly (readonly [string, string])[]> {
  const address = `${name.toLowerCase()}@example.com`;
  const rows = await w.sql(
    "select subject, ended_at from {ws}._sending where address = $1 and status = 'accepted' order by id",
    [address],
  );
  return rows.map(({ subject, ended_at }) => [subject.split(" ")[0], new Date(ended_at).toISOString()] as const);
}
/** Does with the last mail of an address what its receiver would do. */
async function receiver(name: string, as: "click" | "bounce" | "unsubscribe") {
  const { items } = (await w.admin.get("/api/mailbox")).json;
  const { id } = items.find(({ to }: any) => to === `${name.toLowerCase()}@example.com`);
  const { links, headers } = (await w.admin.get(`/api/mailbox/${id}`)).json;
  if (as === "unsubscribe") {
    const said = headers.find((it: any) => it.name.toLowerCase() === "list-unsubscribe").value;
    const [, url = ""] = /^<http:\/\/localhost([^>]+)>/.exec(said) ?? [];
    const how = {
      body: "List-Unsubscribe=One-Click",
      headers: { "content-type": "application/x-www-form-urlencoded" },
    };
    expect((await w.nobody.send("POST", url, how)).status).toBe(200);
  } else {
    const url = links.find((it: string) => it.includes("/api/mail/to/"));
    const answer = await w.admin.post(`/api/mailbox/${id}/simulate`, { as, ...(as === "click" ? { url } : {}) });
    expect(answer.status, answer.text).toBeLessThan(300);
  }
  await settle();
}
const counts = async (workflow: string) => (await w.admin.get(`/api/workflows/${workflow}/counts`)).json;
const totals = async (workflow: string) => (await counts(workflow)).runs;
const publishes = async (...documents: readonly any[]) => {
  const name = (it: any) => it.id ?? it.$id;
  const others = w.workspace.model.documents.filter((it) => !documents.some((one) => name(one) === name(it)));
  const next = [...others, ...documents] as AnyDocument[];
  await publish(w.workspace, { documents: next, reason: "Test", author: w.admin.id, now: w.clock.now() });
};

describe("reentry-rule", () => {
  let r1: string;
  const stage = (to: string) => change("person", r1, { stage: to });
  const again = async (moment: string) => {
    await at(moment);
    await stage("left");
    await stage("trial");
  };

  test("within its days nobody enters again, and that is said; afterwards both mails come", async () => {
    await at("04-28T10:00");
    r1 = await made("person", { name: "R1", email: "r1@example.com" });
    await agrees("r1@example.com");
    await stage("trial");
    await at("05-01T10:00");
    expect(await run(r1)).toMatchObject({ status: "done", begun_at: shown("04-28T10:00") });
    await at("05-10T10:00");
    await stage("left");
    await at("05-20T10:00");
    await stage("trial");
    expect((await journeys(r1)).runs).toHaveLength(1);
    expect((await journeys(r1)).unbegun).toEqual([
      expect.objectContaining({
        workflow: "trial_series",
        why: "window",
        at: shown("05-20T10:00"),
        from: shown("05-28T10:00"),
      }),
    ]);
    await again("06-02T10:00");
    await at("06-05T10:00");
    expect((await got("R1")).slice(2)).toEqual([
      ["mail_1", shown("06-02T10:00")],
      ["mail_2", shown("06-05T10:00")],
    ]);
    expect(await run(r1)).toMatchObject({ status: "done" });
  });

  test("a segment that is taken away and given back restarts nobody; without re-entry nobody enters again, and it says why", async () => {
    await publishes(reentry({ on: "hand", segment: undefined }));
    await publishes(reentry({ again: "after_end", window: "P1D" }));
    await at("06-08T09:00");
    expect((await journeys(r1)).runs).toHaveLength(2);
    await publishes(reentry({ again: "never" }));
    await again("06-08T09:30");
    expect((await journeys(r1)).runs).toHaveLength(2);
    expect((await journeys(r1)).unbegun[0]).toMatchObject({
      workflow: "trial_series",
      why: "once",
      from: null,
      times: 1,
    });
  });
});

test("welcome-series-with-optout", async () => {
  await at("06-08T10:00");
  const [a, b, c] = [
    await subscribes("newsletter", "A"),
    await subscribes("newsletter", "B"),
    await subscribes("newsletter", "C"),
  ];
  await at("06-08T10:05");
  await subscribes("newsletter", "C");
  expect((await journeys(c)).runs).toHaveLength(1);
  expect((await journeys(c)).unbegun).toMatchObject([{ why: "running", times: 1 }]);
  await at("06-09T12:00");
  await receiver("B", "unsubscribe");
  await at("06-11T10:00");
  expect(await got("A")).toEqual([
    ["mail_1", shown("06-08T10:00")],
    ["mail_2", shown("06-11T10:00")],
  ]);
  expect((await got("B")).map(([it]) => it)).toEqual(["mail_1"]);
  expect(await run(b)).toMatchObject({ status: "left", reason: "Opt-out", waits: [] });
  expect(await run(a)).toMatchObject({ status: "done", reason: null });
  expect(await totals("welcome_series")).toEqual({
    begun: 3,
    active: 0,
    done: 2,
    goal: 0,
    stopped: 0,
    left: [{ event: "consent.withdrawn", title: "Opt-out", count: 1 }],
    conversion: 0,
  });
  const { items } = (await w.admin.get("/api/mailbox")).json;
  for (const { id } of items) {
    const { headers } = (await w.admin.get(`/api/mailbox/${id}`)).json;
    const said = Object.fromEntries(headers.map(({ name, value }: any) => [name.toLowerCase(), value]));
    expect(said).toMatchObject({
      "list-unsubscribe": expect.stringContaining("/api/mail/stop/"),
      "list-unsubscribe-post": "List-Unsubscribe=One-Click",
    });
  }
});

test("send-window-working-hours", async () => {
  const [here, there] = [
    await made("person", { name: "Here", time_zone: "Asia/Tokyo" }),
    await made("person", { name: "There", time_zone: "America/Los_Angeles" }),
  ];
  const deal = (name: string, person = here) =>
    made("deal", { name, amount: 500, email: `${name.toLowerCase()}@example.com`, person });
  await at("06-18T11:00");
  const [first, angeles] = [await deal("First"), await deal("Angeles", there)];
  await at("06-20T10:59");
  expect((await run(first, "deal")).state.key).toBe("waiting");
  await at("06-20T11:00");
  const planned = { title: "offer", status: "queued", due_at: shown("06-22T09:00") };
  expect(await run(first, "deal")).toMatchObject({ state: { key: "large" }, mails: [planned] });
  expect(await run(angeles, "deal")).toMatchObject({ mails: [{ due_at: "2026-06-22T16:00:00.000Z" }] });
  await at("06-22T09:00");
  expect(await got("First")).toEqual([["offer", shown("06-22T09:00")]]);
  expect(await run(first, "deal")).toMatchObject({ status: "done", state: { key: "over" } });
  expect(await got("Angeles")).toEqual([]);
  await at("06-23T01:00");
  expect(await got("Angeles"), "09:00 in Los Angeles").toEqual([["offer", shown("06-23T01:00")]]);

  await publishes(holidays({ "2026-06-29": { title: "A holiday" } }));
  await at("06-25T11:00");
  await deal("Second");
  await at("06-27T11:00");
  await at("06-29T17:00");
  expect(await got("Second")).toEqual([]);
  await at("06-30T09:00");
  expect(await got("Second")).toEqual([["offer", shown("06-30T09:00")]]);

  await at("07-04T16:59");
  await deal("Early");
  await at("07-04T17:00");
  await deal("Late");
  await at("07-06T16:59");
  await at("07-06T17:00");
  await at("07-07T09:00");
  expect(await got("Early")).toEqual([["offer", shown("07-06T16:59")]]);
  expect(await got("Late")).toEqual([["offer", shown("07-07T09:00")]]);
});

describe("nurture-full-scenario", () => {
  const goalFact = async (record: string) => {
    const answer = await w.admin.post("/api/facts", { type: "meeting.booked", entity: "person", record, id: record });
    expect(answer.status, answer.text).toBeLessThan(300);
    await settle();
  };

  test("each of six goes her own way, at her own hours, and the sums say so", async () => {
    const company = await made("company", { name: "Kumo" });
    await at("07-13T09:00");
    await made("person", { name: "P3", email: "p3@example.com", company });
    const ids: string[] = [];
    for (const name of ["P1", "P2", "P3", "P4", "P5", "P6"]) ids.push(await subscribes("white_paper", name));
    const [p1, p2, p3, p4, p5, p6] = ids as [string, string, string, string, string, string];
    await receiver("P6", "bounce");
    await at("07-14T10:00");
    for (const name of ["P1", "P5"]) await receiver(name, "click");
    await receiver("P4", "unsubscribe");
    await at("07-15T10:00");
    await made("deal", { name: "New", company });
    for (const moment of ["07-16T09:00", "07-17T12:00"]) await at(moment);
    await goalFact(p5);
    for (const moment of ["07-19T10:00", "07-21T09:00", "07-25T09:00"]) await at(moment);
    const ways = Object.fromEntries(await Promise.all(ids.map(async (_, n) => [`P${n + 1}`, await got(`P${n + 1}`)])));
    const arm = expect.stringMatching(/^mail_2[ab]$/);
    expect(ways).toEqual({
      P1: [
        ["mail_1", shown("07-13T09:00")],
        [arm, shown("07-14T10:00")],
        ["mail_3", shown("07-19T10:00")],
      ],
      P2: [
        ["mail_1", shown("07-13T09:00")],
        ["mail_2c", shown("07-16T09:00")],
        ["mail_3", shown("07-21T09:00")],
      ],
      P3: [["mail_1", shown("07-13T09:00")]],
      P4: [["mail_1", shown("07-13T09:00")]],
      P5: [
        ["mail_1", shown("07-13T09:00")],
        [arm, shown("07-14T10:00")],
      ],
      P6: [["mail_1", shown("07-13T09:00")]],
    });
    const ended = async (id: string) => {
      const { status, reason } = await run(id);
      return [status, reason];
    };
    expect(await Promise.all([p1, p2, p3, p4, p5, p6].map(ended))).toEqual([
      ["done", null],
      ["done", null],
      ["left", "Deal opened"],
      ["left", "Opt-out"],
      ["goal", "Meeting booked"],
      ["left", "Undeliverable"],
    ]);
    expect(await w.sql("select reason from {ws}._suppression where reason = 'bounce'")).toHaveLength(1);
    expect(await totals("nurture")).toMatchObject({
      begun: 6,
      active: 0,
      done: 2,
      goal: 1,
      left: [
        { event: "consent.withdrawn", count: 1 },
        { event: "deal.opened", count: 1 },
        { event: "mail.bounced", count: 1 },
      ],
    });
    const { mails: sent } = await counts("nurture");
    const zero = { suppressed: 0, rejected: 0, robots: 0, opened: 0 };
    expect(sent.mail_1).toEqual({ ...zero, accepted: 6, bounced: 1, clicked: 2, unsubscribed: 1 });
    expect(sent.mail_3).toMatchObject({ accepted: 2, clicked: 0 });
    expect(await passageDrift(w.pool, w.workspace)).toEqual([]);
  });

  test("a dry run shows the same days before anything is sent", async () => {
    const played = async (script: readonly object[]) => {
      const record = { name: "Dry", email: "dry@example.com" };
      const asked = { now: shown("06-01T09:00"), record, script };
      const answer = await w.admin.post("/api/workflows/nurture/simulate", asked);
      expect(answer.status, answer.text).toBe(200);
      const { steps, status } = answer.json;
      const mailsOf = ({ at: when, effects }: any) =>
        effects.flatMap((it: any) => (it.do === "message.send" ? [[it.params.message, it.at ?? when]] : []));
      return [...steps.flatMap(mailsOf), status];
    };
    const first = ["mail_1", shown("06-01T09:00")];
    const arm = [expect.stringMatching(/^mail_2[ab]$/), shown("06-02T09:00")];
    const clicked = [{ wait: "P1D" }, { send: "mail.clicked", data: {} }];
    expect(await played([...clicked, { wait: "P30D" }])).toEqual([
      first,
      arm,
      ["mail_3", shown("06-07T09:00")],
      "done",
    ]);
    expect(await played([{ wait: "P30D" }])).toEqual([
      first,
      ["mail_2c", shown("06-04T09:00")],
      ["mail_3", shown("06-09T09:00")],
      "done",
    ]);
    for (const event of ["deal.opened", "consent.withdrawn"])
      expect(await played([{ wait: "P1D" }, { send: event, data: {} }, { wait: "P30D" }])).toEqual([first, "done"]);
    const bounced = { send: "mail.bounced", data: { verdict: "hard" } };
    expect(await played([bounced, { wait: "P30D" }])).toEqual([first, "done"]);
    expect(await played([...clicked, { wait: "P3D" }, { send: "meeting.booked", data: {} }, { wait: "P30D" }])).toEqual(
      [first, arm, "done"],
    );
  });

  test("of a thousand about half go each way, each always the same, and nothing goes twice", async () => {
    const many = Array.from({ length: 1000 }, (_, n) => ({ name: `M${n}`, email: `m${n}@example.com`, stage: "many" }));
    for (let from = 0; from < 1000; from += 500) {
      const answer = await w.admin.post("/api/records/person", many.slice(from, from + 500));
      expect(answer.status, answer.text).toBe(201);
    }
    const arms = await w.sql(
      "select state, count(*)::int as n from {ws}._run where workflow = 'lots' group by state order by 1",
    );
    expect(arms.map(({ state }) => state)).toEqual(["one", "other"]);
    for (const { n } of arms) {
      expect(n).toBeGreaterThanOrEqual(450);
      expect(n).toBeLessThanOrEqual(550);
    }
    const rows = await w.sql("select record, state from {ws}._run where workflow = 'lots'");
    for (const { record, state } of rows) expect(state).toBe(shareOf("ab", record) < 50 ? "one" : "other");
    const sent = async () =>
      (
        await w.sql(
          "select count(*)::int as n from {ws}._sending s join {ws}._run r on r.id = s.run where r.workflow = 'lots'",
        )
      )[0].n;
    expect(await sent()).toBe(1000);
    for (let n = 0; n < 3; n++) await fireDue(w.workspace, w.clock.now());
    expect(await sent()).toBe(1000);
  });
});

const idOf = async (address: string) => (await w.sql("select id from {ws}.person where email = $1", [address]))[0].id;
async function agrees(address: string): Promise<void> {
  const answer = await w.admin.post("/api/consents", {
    ...{ entity: "person", record: await idOf(address), address },
    ...{ purpose: "news", channel: "email", action: "grant", proof: "On the phone, in person" },
  });
  expect(answer.status, answer.text).toBeLessThan(300);
}
