import type { AnyDocument } from "schemas";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { writeConsents } from "../../runtime/store/consents.ts";
import { operate } from "../../runtime/store/operation.ts";
import { suppress } from "../../runtime/store/suppressions.ts";
import { ledger, meant } from "../fixtures/mailing.ts";
import { parcelDocuments } from "../fixtures/parcels.ts";
import { world, type World } from "../world.ts";

const purpose = (id: string, basis: string): AnyDocument => ({
  $schema: "urn:trellis:purpose:1",
  $id: id,
  $anchor: `pur_${id}`,
  title: `The ${id}`,
  basis: basis as "consent",
});

let w: World;
beforeAll(async () => {
  w = await world({
    documents: [
      purpose("news", "consent"),
      purpose("service", "contract"),
      ...parcelDocuments("http://localhost:1", {}),
    ],
  });
  await agreed("mei@example.com", "cem@example.com", "dan@example.com", "gone@example.com", "bad@example.com");
  await w.work();
});
afterAll(() => w.close());

const agreed = (...addresses: string[]) =>
  operate(w.workspace, ada(), { kind: "consent", title: "Consent", now: w.clock.now() }, (tx, scene) =>
    writeConsents(
      tx,
      scene,
      addresses.map((address) => ({ channel: "email", address, purpose: "news", action: "grant", source: "hand" })),
    ),
  );
const ada = () => ({ id: w.admin.id, name: "Ada", roles: ["admin"], via: "key" as const });
const becomes = (address: string, status: string, reason: string | null) =>
  vi.waitFor(async () => expect(await ledger(w, address)).toMatchObject({ status, reason }), { timeout: 20_000 });
/** The mail that came to an address, as the mailbox has it. */
async function posted(to: string) {
  const { items } = (await w.admin.get("/api/mailbox")).json;
  return (await w.admin.get(`/api/mailbox/${items.find((it: { to: string }) => it.to === to).id}`)).json;
}
const header = (mail: any, name: string): string =>
  mail.headers.find((it: { name: string }) => it.name.toLowerCase() === name)?.value;
const press = (url: string, body = "List-Unsubscribe=One-Click", method = "POST") =>
  w.nobody.send(method, url.replace("http://localhost", ""), {
    ...(method === "POST" ? { body } : {}),
    headers: { "content-type": "application/x-www-form-urlencoded" },
  });

test("what the first gate says is kept: gone, suppressed, without consent; what belongs to a service needs none", async () => {
  const parcel = (await w.admin.post("/api/records/parcel", { name: "A" })).json;
  await w.admin.delete(`/api/records/parcel/${parcel.id}`, { "if-match": `"${parcel.version}"` });
  await suppress(w.pool, w.workspace, {
    channel: "email",
    addresses: ["bad@example.com", "@spam.example"],
    reason: "bounce",
    now: w.clock.now(),
  });
  await meant(w, [
    { to: "gone@example.com", purpose: "news", entity: "parcel", record: parcel.id },
    { to: "bad@example.com", purpose: "news" },
    { to: "who@spam.example", purpose: null },
    { to: "nobody@example.com", purpose: "news" },
    { to: "client@example.com", purpose: "service" },
    { to: "plain@example.com", purpose: null },
    { to: "mei@example.com", purpose: "news" },
  ]);
  await becomes("gone@example.com", "suppressed", "gone");
  await becomes("bad@example.com", "suppressed", "suppressed");
  await becomes("who@spam.example", "suppressed", "suppressed");
  await becomes("nobody@example.com", "suppressed", "consent.none");
  for (const fine of ["client", "plain", "mei"]) await becomes(`${fine}@example.com`, "accepted", null);
  const { items } = (await w.admin.get("/api/mailbox")).json;
  expect(items.map((it: { to: string }) => it.to).sort()).toEqual(
    ["client@example.com", "mei@example.com", "plain@example.com"].sort(),
  );
  expect(header(await posted("plain@example.com"), "list-unsubscribe")).toBeUndefined();
});

test("one click stops a purpose for good: a look by GET or HEAD does nothing, POST does, twice is once", async () => {
  const mail = await posted("mei@example.com");
  expect(header(mail, "list-unsubscribe-post")).toBe("List-Unsubscribe=One-Click");
  const [, page = "", by = ""] = /^<([^>]+)>, <(mailto:[^>]+)>$/.exec(header(mail, "list-unsubscribe")) ?? [];
  expect(by).toMatch(/^mailto:s\+[0-9a-f]{32}\.[0-9a-f]{16}@.*\?subject=unsubscribe$/);
  const said = () => w.sql("select action from {ws}._consent where address = 'mei@example.com' order by id");
  for (const method of ["GET", "HEAD", "OPTIONS"]) await press(page, "", method);
  expect(await said()).toEqual([{ action: "grant" }]);
  expect((await press(page, "", "GET")).text).toContain("mei@example.com");
  const answer = await press(page);
  expect(answer.status).toBe(200);
  expect(answer.headers.get("set-cookie")).toBeNull();
  await press(page);
  expect(await said()).toEqual([{ action: "grant" }, { action: "withdraw" }]);
  expect(await w.sql("select type from {ws}._fact where type = 'consent.withdrawn'")).toHaveLength(1);
  const twisted = page.replace(/.$/, (it) => (it === "A" ? "Q" : "A"));
  expect((await press(twisted)).status).toBe(404);
  expect((await press(page.replace("/stop/", "/choices/"))).status).toBe(404);
  await meant(w, [{ to: "mei@example.com", purpose: "news", effectKey: "again" }]);
  await becomes("mei@example.com", "suppressed", "consent.withdrawn");
});

test("what a receiver chooses holds: purposes, a pause, no more than so many a week", async () => {
  await meant(w, [{ to: "cem@example.com", purpose: "news" }]);
  await becomes("cem@example.com", "accepted", null);
  const [, page = ""] = /^<([^>]+)>/.exec(header(await posted("cem@example.com"), "list-unsubscribe")) ?? [];
  const choices = /href="(\/api\/mail\/choices\/[\w-]+)"/.exec((await press(page, "", "GET")).text)![1]!;
  expect((await press(choices, "", "GET")).text).toContain("The news");
  await press(choices, "purpose=news&weekly=1&pause=&language=ja");
  expect((await press(choices, "", "GET")).text).toContain('lang="ja"');
  await meant(w, [{ to: "cem@example.com", purpose: "news", effectKey: "second" }]);
  await becomes("cem@example.com", "suppressed", "enough");
  await press(choices, "purpose=news&pause=4&weekly=&language=en");
  await meant(w, [{ to: "cem@example.com", purpose: "news", effectKey: "third" }]);
  await becomes("cem@example.com", "suppressed", "paused");
  w.clock.advance(4 * 7 * 86_400_000 + 1);
  await meant(w, [{ to: "cem@example.com", purpose: "news", effectKey: "fourth" }]);
  await becomes("cem@example.com", "accepted", null);
  await press(choices, "pause=&weekly=&language=");
  await meant(w, [{ to: "cem@example.com", purpose: "news", effectKey: "fifth" }]);
  await becomes("cem@example.com", "suppressed", "consent.withdrawn");
});
