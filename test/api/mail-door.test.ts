import { createTransport } from "nodemailer";
import type { AnyDocument } from "schemas";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MailDoor } from "../../runtime/jobs/mail-door.ts";
import { stopAddress } from "../../runtime/mail/verp.ts";
import { secretOf } from "../../runtime/store/secret.ts";
import { meant } from "../fixtures/mailing.ts";
import { letter, publishTickets } from "../fixtures/tickets.ts";
import { world, type World } from "../world.ts";

const news: AnyDocument = {
  $schema: "urn:trellis:purpose:1",
  $id: "news",
  $anchor: "pur_news",
  title: "The news",
  basis: "legitimate",
};

let w: World;
let door: MailDoor;
let port: number;
const reports: unknown[] = [];

beforeAll(async () => {
  w = await world({ templates: ["core"], documents: [news] });
  await publishTickets(w.admin);
  door = new MailDoor(w.workspace, { clock: w.clock, report: (error) => reports.push(error), told: () => undefined });
  port = await door.open(0, "127.0.0.1");
});
afterAll(async () => {
  await door.close();
  await w.close();
});

/** Brings a mail as a server does; answers what it was told. */
async function brought(raw: string | Buffer, to = "support@ours.example"): Promise<number> {
  const way = createTransport({ host: "127.0.0.1", port, secure: false, ignoreTLS: true });
  const envelope = { from: "hana@aoba.example", to };
  const code = await way.sendMail({ envelope, raw }).then(
    ({ response }) => Number(response.slice(0, 3)),
    (error: { responseCode?: number }) => error.responseCode ?? 0,
  );
  way.close();
  return code;
}

test("a mail that a server brings becomes a record in the owner's name, once, and nobody hears of it before it is kept", async () => {
  // Nobody is answerable yet: the server keeps it and tries again.
  expect(await brought(letter({ id: "<door-1@aoba.example>" }))).toBe(451);
  expect(reports).toHaveLength(1);
  const agent = await w.user("Agent", { roles: ["admin"] });
  const bound = await w.admin.send("PUT", "/api/mailboxes/support", { body: { owner: agent.id } });
  expect(bound.status, bound.text).toBe(201);
  for (let times = 1; times <= 2; times++) expect(await brought(letter({ id: "<door-1@aoba.example>" }))).toBe(250);
  const { items } = (await w.admin.get("/api/records/ticket")).json;
  expect(items).toMatchObject([{ subject: "Laser LX1 stops", created_by: agent.id }]);
});

test("whom no mailbox is for, and what is no mail, its sender hears of at once", async () => {
  expect(await brought(letter(), "nobody@ours.example")).toBe(550);
  expect(await brought(letter(), "support@elsewhere.example")).toBe(550);
  expect(await brought("no mail at all")).toBe(550);
});

test("who writes to the address of a mail that says how to stop it gets no more of its kind, as by its link", async () => {
  const [sending] = await meant(w, [{ to: "hana@aoba.example", purpose: "news" }]);
  const address = stopAddress(await secretOf(w.pool, "mail"), sending!.id, "ours.example");
  const said = () => w.sql("select action, source from {ws}._consent where address = 'hana@aoba.example'");
  const tickets = async () => (await w.admin.get("/api/records/ticket")).json.items.length;
  const before = await tickets();
  // What nobody of us has written is nobody's address.
  expect(await brought(letter({ to: address }), address.replace(/.@/, "x@"))).toBe(550);
  expect(await brought(letter({ to: address }), address.replace(/^s/, "b"))).toBe(550);
  expect(await said()).toEqual([]);
  for (let times = 1; times <= 2; times++)
    expect(await brought(letter({ to: address, subject: "unsubscribe", text: "" }), address)).toBe(250);
  expect(await said()).toEqual([{ action: "withdraw", source: "mail" }]);
  expect(await w.sql("select 1 from {ws}._fact where type = 'consent.withdrawn'")).toHaveLength(1);
  expect(await tickets()).toBe(before);
});
