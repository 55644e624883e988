import type { AnyDocument } from "schemas";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { fireDue } from "../../runtime/store/fire.ts";
import { publish } from "../../runtime/store/publish.ts";
import { ledger } from "../fixtures/mailing.ts";
import { carried } from "../fixtures/parcels.ts";
import { recommendationDocuments } from "../fixtures/recommendations.ts";
import { world, type Client, type World } from "../world.ts";

vi.setConfig({ testTimeout: 120_000 });

let w: World;
let aki: Client;
let sal: Client;

beforeAll(async () => {
  w = await world({ templates: ["core", "service"], beside: ["other"] });
  aki = await w.user("Aki", { roles: ["agent"] });
  sal = await w.user("Sal", { roles: ["service_manager"] });
});
afterAll(() => w.close());

async function make(entity: string, values: object): Promise<string> {
  const answer = await w.admin.post(`/api/records/${entity}`, values);
  expect(answer.status, answer.text).toBe(201);
  return answer.json.id;
}
const contact = (name: string, values: object = {}) =>
  make("contact", { name, email: `${name.toLowerCase()}@customer.example`, ...values });
const send = async (id: string, type: string) => {
  const answer = await w.admin.post(`/api/records/case/${id}/events`, { type });
  expect(answer.status, answer.text).toBe(200);
};
/** Lets everything happen that is due by a moment. */
async function until(moment: string): Promise<void> {
  w.clock.set(new Date(moment));
  for (let more = true; more;) {
    const { count, failures } = await fireDue(w.workspace, w.clock.now());
    expect(failures).toEqual([]);
    more = count > 0 || (await carried(w)) > 0;
  }
}
async function solvedCase(subject: string, of: string, values: object = {}): Promise<string> {
  const id = await make("case", { subject, contact: of, owner: aki.id, ...values });
  await send(id, "case.start");
  await send(id, "case.resolve");
  return id;
}
const asks = (record: string, survey: string) =>
  w.sql("select * from {ws}._survey_ask where record = $1 and survey = $2 order by asked_at", [record, survey]);
const linkOf = async (address: string): Promise<string> =>
  /http:\/\/localhost(\/f\/-\/survey\/\S+)/.exec((await ledger(w, address)).text)?.[1] ?? "";
const ask = (path: string, init: RequestInit = {}) => w.fetch(new Request(`http://localhost${path}`, init));
const page = async (path: string, init?: RequestInit) => {
  const response = await ask(path, init);
  return { status: response.status, headers: response.headers, text: await response.text() };
};
const answer = (path: string, values: Record<string, string> | [string, string][]) =>
  page(path, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(values).toString(),
  });
/** The rows of a report: their keys, and their figures as they are shown. */
async function reported(by: Client, name: string): Promise<any[]> {
  const { status, json, text } = await by.post(`/api/reports/${name}/run`, {});
  expect(status, text).toBe(200);
  return json.rows.map(({ keys, values }: any) => ({ ...keys, ...values }));
}
const factsOf = (record: string) =>
  w.sql("select type, data from {ws}._fact where record = $1 and type like 'survey.%' order by id", [record]);

describe("a solved case asks its customer, and her answer is where people look", () => {
  let tom: string;
  let id: string;
  let link: string;

  test("eight working hours later one mail goes, and whoever only looks at its links answers nothing", async () => {
    tom = await contact("Tom");
    id = await solvedCase("Printer", tom);
    await until("2026-03-02T16:59:00Z");
    expect(await asks(id, "srv_case_solved")).toEqual([]);
    await until("2026-03-02T17:00:00Z");
    expect(await asks(id, "srv_case_solved")).toMatchObject([{ why: null, agent: aki.id, answers: null }]);
    const mail = await ledger(w, "tom@customer.example");
    expect(mail.subject).toMatch(/^How did we do\? Printer \[#[\w-]+\]$/);
    expect(mail).toMatchObject({ record: id, entity: "case", purpose: null });
    expect(mail.html).toContain("?score=5");
    link = await linkOf("tom@customer.example");
    expect((await w.sql("select text, html from {ws}._mail where record = $1", [id]))[0].text).not.toContain(link);
    const shown = await page(`${link}?score=4&comment=%3Cscript%3E`);
    expect(shown.status).toBe(200);
    expect(shown.text).toMatch(/value="4"\s+checked/);
    expect(shown.text).toContain("&lt;script&gt;");
    expect(shown.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(shown.headers.get("set-cookie")).toBeNull();
    expect(shown.headers.get("cache-control")).toBe("no-store");
    for (const method of ["GET", "HEAD"]) for (const n of [1, 2, 3, 4, 5]) await ask(`${link}?score=${n}`, { method });
    expect(await asks(id, "srv_case_solved")).toMatchObject([{ answered_at: null, answers: null }]);
    expect(await factsOf(id)).toEqual([]);
  });

  test("what does not fit is told beside its question, and nothing is stored", async () => {
    const wrong: Record<string, string>[] = [
      {},
      { score: "6" },
      { score: "4.5" },
      { score: "5", comment: "x".repeat(4001) },
    ];
    for (const values of wrong) {
      const refused = await answer(link, values);
      expect(refused.status).toBe(422);
      expect(refused.text).toContain('class="fault"');
    }
    const twice = await answer(link, [
      ["score", "1"],
      ["score", "5"],
    ]);
    expect(twice.status).toBe(422);
    expect((await answer(link, { score: "5", comment: "x".repeat(400_001) })).status).toBe(413);
    expect((await page(link, { method: "POST", body: '{"score":5}' })).status).toBe(415);
    expect((await page(link, { method: "PUT" })).status).toBe(404);
    expect(await asks(id, "srv_case_solved")).toMatchObject([{ answered_at: null, answers: null }]);
  });

  test("links that we have not made, or for something else, open nothing", async () => {
    const [name = "", ask = "", mac = ""] = link.split("/").at(-1)!.split(".");
    const other = (await w.sql("select gen_random_uuid() as id"))[0].id;
    for (const token of [
      `${name}.${ask}.${mac.slice(0, -1)}${mac.endsWith("A") ? "B" : "A"}x`,
      `${name}.${ask}.`,
      `${name}.${ask}`,
      `${name}.${other}.${mac}`,
      `other.${ask}.${mac}`,
      `nobody.${ask}.${mac}`,
      `${name}.${ask}.${mac}.more`,
      "x",
      "__proto__..",
    ]) {
      expect((await page(`/f/-/survey/${token}`)).status, token).toBe(410);
      expect((await answer(`/f/-/survey/${token}`, { score: "1" })).status, token).toBe(410);
    }
    expect(await asks(id, "srv_case_solved")).toMatchObject([{ answers: null }]);
  });

  test("the first answer is stored once, with a fact, on the case, and in figures", async () => {
    const both = await Promise.all([
      answer(link, { score: "2", comment: "Slow" }),
      answer(link, { score: "2", comment: "Slow" }),
    ]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    expect(both[0].text).toContain("Your answer helps us to do better.");
    expect(both[0].text).toContain("March 4, 2026");
    const data = { survey: "case_solved", scale: "csat", score: 2, comment: "Slow", agent: aki.id };
    expect(await factsOf(id)).toMatchObject([{ type: "survey.answered", data }]);
    expect(await factsOf(tom)).toMatchObject([{ type: "survey.answered", data }]);
    const [rating] = (await w.admin.get("/api/records/case_rating")).json.items;
    expect(rating).toMatchObject({ case: id, contact: tom, agent: aki.id, owner: aki.id, score: 2, comment: "Slow" });
    expect(rating.answered_at).toBe(w.clock.now().toISOString());
    expect(Number((await aki.get(`/api/records/case/${id}`)).json.rating)).toBe(2);
    const timeline = (await aki.get(`/api/records/case/${id}/timeline`)).json.items;
    expect(timeline.filter(({ fact }: any) => fact === "survey.answered")).toMatchObject([{ data: { score: 2 } }]);
    const tasks = await w.admin.get(
      `/api/records/task?${new URLSearchParams({ filter: "subject == 'Dissatisfied: Printer'" })}`,
    );
    expect(tasks.json.items).toMatchObject([{ owner: aki.id }]);
    const match = { "if-match": `"${rating.version}"` };
    expect((await aki.patch(`/api/records/case_rating/${rating.id}`, { score: 5 }, match)).status).toBe(403);
    expect((await w.admin.patch(`/api/records/case_rating/${rating.id}`, { score: 5 }, match)).status).toBe(422);
  });

  test("it is changed within its time, by the page that knows it, and not after", async () => {
    expect((await page(link)).text).toMatch(/value="2"\s+checked/);
    await until("2026-03-03T09:00:00Z");
    expect((await answer(link, { score: "5" })).status).toBe(200);
    expect((await factsOf(id)).map(({ type, data }) => [type, data.score])).toEqual([
      ["survey.answered", 2],
      ["survey.changed", 5],
    ]);
    const [rating] = (await w.admin.get("/api/records/case_rating")).json.items;
    expect(rating).toMatchObject({ score: 5, comment: null });
    await until("2026-03-04T17:00:01Z");
    const late = await answer(link, { score: "1" });
    expect([late.status, late.text.includes("You have answered already")]).toEqual([410, true]);
    expect((await page(link)).status).toBe(410);
    const { json } = await w.admin.get("/api/surveys/case_solved/results");
    expect(json).toMatchObject({
      asked: 1,
      answered: 1,
      rate: 100,
      questions: [{ id: "score", figures: { answers: 1, satisfied: { percent: 100 } }, tally: { 5: 1 } }],
    });
    expect(await reported(sal, "satisfaction")).toEqual([
      { agent: aki.id, asked: 1, answered: 1, rate: "1", satisfied: 1, csat: "1" },
    ]);
  });

  test("an ask that nobody answers ends; who has no address, was asked lately or is spared is not asked", async () => {
    const rei = await contact("Rei", { language: "ja-JP" });
    const first = await solvedCase("One", rei);
    const mute = await solvedCase("Mute", await make("contact", { name: "Mute" }));
    await until("2026-03-06T09:00:00Z");
    const mail = await ledger(w, "rei@customer.example");
    expect(mail.text).toContain("このリンクはあなた専用です。");
    const open = await linkOf("rei@customer.example");
    expect((await page(open)).text).toContain("回答を送信");
    expect(await asks(mute, "srv_case_solved")).toMatchObject([{ why: "address" }]);
    const second = await solvedCase("Two", rei);
    await until("2026-03-10T12:00:00Z");
    expect(await asks(second, "srv_case_solved")).toMatchObject([{ why: "lately" }]);
    const [{ expires_at }] = await asks(first, "srv_case_solved");
    w.clock.set(new Date(new Date(expires_at).getTime() + 1));
    expect([(await page(open)).status, (await answer(open, { score: "5" })).status]).toEqual([410, 410]);
    expect((await w.admin.get("/api/surveys/case_solved/results")).json).toMatchObject({
      asked: 2,
      answered: 1,
      rate: 50,
      spared: { address: 1, lately: 1 },
    });
  });
});

test("task survey-after-solved", async () => {
  const { documents } = w.workspace.model;
  const kept = documents.filter((it) => !("id" in it) || !["case_survey", "poor_rating"].includes(it.id));
  await publish(w.workspace, {
    documents: [...kept, ...recommendationDocuments(sal.id)] as AnyDocument[],
    ...{ reason: "", author: w.admin.id, now: w.clock.now() },
  });
  const tokyo = (moment: string) => `2026-${moment}:00+09:00`;
  const people = await Promise.all(["Hana", "Ito", "Uta", "Emi", "Ryo"].map((name) => contact(name)));
  const [hana, ito, uta, emi, ryo] = people as [string, string, string, string, string];
  const kumo = await make("company", { name: "Kumo Partners", type: "partner" });
  const pia = await contact("Pia", { company: kumo });

  await until(tokyo("05-01T17:00"));
  const one = await solvedCase("One", hana);
  const partner = await solvedCase("Partner", pia, { company: kumo });
  const reopened = await solvedCase("Again", ryo);
  const others = await Promise.all([ito, uta, emi].map((of) => solvedCase("Other", of)));
  await w.admin.patch(`/api/records/case/${one}`, { owner: sal.id });
  await until(tokyo("05-07T10:00"));
  await send(reopened, "case.reopen");
  await until(tokyo("05-07T15:59"));
  const asked = async (id: string) =>
    (await asks(id, "srv_recommend")).map((it) => it.why ?? new Date(it.asked_at).toISOString());
  expect(await asked(one)).toEqual([]);
  await until(tokyo("05-07T16:00"));
  expect(await asked(one)).toEqual([new Date(tokyo("05-07T16:00")).toISOString()]);
  expect([await asked(partner), await asked(reopened)]).toEqual([["spared"], []]);

  const names = ["hana", "ito", "uta", "emi"];
  const links = await Promise.all(names.map((name) => linkOf(`${name}@customer.example`)));
  for (const [at, likely] of ["10", "9", "8", "3"].entries())
    expect((await answer(links[at]!, { likely, comment: `Said ${likely}` })).status).toBe(200);
  const figures = async () => (await w.admin.get("/api/surveys/recommend/results")).json.questions[0].figures;
  expect(await figures()).toMatchObject({ answers: 4, nps: 25 });
  const tasks = async () =>
    (await w.admin.get(`/api/records/task?${new URLSearchParams({ filter: "subject == 'Call about Other'" })}`)).json
      .items;
  expect(await tasks()).toMatchObject([{ owner: sal.id, about: { entity: "case", id: others[2] } }]);
  expect(await reported(w.admin, "recommended")).toMatchObject([{ agent: aki.id, asked: 4, answered: 4, nps: "25" }]);
  expect((await answer(links[3]!, { likely: "7" })).status).toBe(200);
  expect(await figures()).toMatchObject({ answers: 4, nps: 50 });
  expect(await tasks()).toHaveLength(1);
  const timeline = (await w.admin.get(`/api/records/case/${others[2]}/timeline`)).json.items;
  expect(timeline.flatMap((it: any) => (it.type === "fact" ? [[it.fact, it.data.score]] : []))).toEqual(
    expect.arrayContaining([
      ["survey.answered", 3],
      ["survey.changed", 7],
    ]),
  );

  await send(reopened, "case.resolve");
  await until(tokyo("05-11T11:00"));
  expect(await asked(reopened)).toHaveLength(1);
  const two = await solvedCase("Two", hana);
  await until(tokyo("05-12T10:00"));
  expect(await asked(two)).toEqual(["lately"]);
  await until(tokyo("06-10T11:00"));
  const three = await solvedCase("Three", hana);
  await until(tokyo("06-11T09:59"));
  expect(await asked(three)).toEqual([]);
  await until(tokyo("06-11T10:00"));
  expect(await asked(three)).toEqual([new Date(tokyo("06-11T10:00")).toISOString()]);
});
