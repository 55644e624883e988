import { afterAll, beforeAll, expect, test } from "vitest";
import { fireDue } from "../../runtime/store/fire.ts";
import { journeyDocuments } from "../fixtures/journeys.ts";
import { exampleDocuments } from "../fixtures/worked-examples.ts";
import { world, type World } from "../world.ts";

let w: World;
beforeAll(async () => {
  w = await world({ documents: [...exampleDocuments(), ...journeyDocuments] });
});
afterAll(() => w.close());

async function made(values: object): Promise<string> {
  const answer = await w.admin.post("/api/records/contact", values);
  expect(answer.status, answer.text).toBe(201);
  return answer.json.id as string;
}
const begins = (id: string, workflow: string) => w.admin.post(`/api/records/contact/${id}/runs`, { workflow });
async function byHand(id: string, workflow: string) {
  const answer = await begins(id, workflow);
  expect(answer.status, answer.text).toBe(201);
}
const bell = async (id: string): Promise<readonly string[]> =>
  (await w.admin.get("/api/notifications")).json.items
    .filter(({ record }: any) => record === id)
    .map(({ title }: any) => title)
    .reverse();
async function days(n: number) {
  w.clock.advance(n * 86_400_000);
  await fireDue(w.workspace, w.clock.now());
}
async function merged(goes: string, stays: string) {
  const answer = await w.admin.post(`/api/records/contact/${goes}/merge`, { into: stays });
  expect(answer.status, answer.text).toBe(200);
  return answer.headers.get("trellis-operation");
}
async function undone(operation: string | null) {
  const answer = await w.admin.post(`/api/operations/${operation}/undo`);
  expect(answer.status, answer.text).toBeLessThan(300);
}

test("what a record was sent before it was joined into another counts there, unless that is undone", async () => {
  w.clock.set(new Date("2026-08-10T10:00:00.000Z"));
  const joined = async () => {
    const [stays, goes] = [await made({ name: "Twin" }), await made({ name: "Twin" })];
    for (const id of [stays, goes]) await byHand(id, "patient");
    return { stays, operation: await merged(goes, stays) };
  };
  const [one, other] = [await joined(), await joined()];
  await undone(other.operation);
  await days(3);
  expect(await bell(one.stays), "there is no room before seven days are over").toEqual(["patient: hello"]);
  expect(await bell(other.stays)).toEqual(["patient: hello", "patient: goodbye"]);
});

test.each(["ended", "under way"])(
  "a journey that one goes through once, and that was %s when two were joined, does not begin on who stays",
  async (how) => {
    const [stays, goes] = [await made({ name: "Twin" }), await made({ name: "Twin" })];
    await byHand(goes, "by_hand");
    if (how === "ended") await days(3);
    const operation = await merged(goes, stays);
    const refused = await begins(stays, "by_hand");
    expect(refused.status, refused.text).toBe(409);
    expect(refused.json.code).toBe("run.again");
    await undone(operation);
    await byHand(stays, "by_hand");
  },
);

test("what began on one that was joined since is undone by itself, and the join all the same", async () => {
  const [stays, goes] = [await made({ name: "Twin" }), await made({ name: "Twin" })];
  const begun = await begins(goes, "by_hand");
  const join = await merged(goes, stays);
  await undone(begun.headers.get("trellis-operation"));
  const hanging = () =>
    w.sql(
      `select r.id from {ws}._run r where r.record = any($1) union all select t.run from {ws}._timer t
       where not exists (select from {ws}._run r where r.id = t.run)`,
      [[stays, goes]],
    );
  expect(await hanging()).toEqual([]);
  await byHand(stays, "by_hand");
  await undone(join);
  await byHand(goes, "by_hand");
  await days(3);
  expect(await hanging(), "each has its own run").toHaveLength(2);
});

test("what becomes true of who stays begins nothing that the one who went has been through", async () => {
  const [stays, goes] = [await made({ name: "Twin" }), await made({ name: "Twin", lifecycle: "trial" })];
  await days(3);
  await merged(goes, stays);
  const version = async () => (await w.admin.get(`/api/records/contact/${stays}`)).json.version;
  const changed = async (lifecycle: string) => {
    const answer = await w.admin.patch(
      `/api/records/contact/${stays}`,
      { lifecycle },
      { "if-match": `"${await version()}"` },
    );
    expect(answer.status, answer.text).toBe(200);
  };
  await changed("lead");
  await changed("trial");
  const runs = () => w.sql("select workflow from {ws}._run where record = $1 and workflow = 'trial'", [stays]);
  expect(await runs(), "its window of thirty days is not over").toEqual([]);
  await days(30);
  await changed("lead");
  await changed("trial");
  expect(await runs()).toHaveLength(1);
});
