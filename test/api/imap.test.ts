import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { ImapFlow } from "imapflow";
import type { MailboxDocument } from "schemas";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { MailReader } from "../../runtime/jobs/mail-reader.ts";
import { networksOf } from "../../runtime/networks.ts";
import { openMailGate } from "../../runtime/outbound.ts";
import { dovecot, noDovecot, type Dovecot } from "../fixtures/dovecot.ts";
import { Dead, dying } from "../fixtures/dying.ts";
import { letter, publishTickets, support } from "../fixtures/tickets.ts";
import { world, type World } from "../world.ts";

/** Tells a server of mails whose a token is. */
const issuer = createServer((request, response) => {
  const token = new URL(request.url!, "http://issuer").pathname.split(/[/&]/)[2];
  const known = token === "good-token";
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify(known ? { active: "true", email: "desk" } : { active: "false" }));
});

describe.skipIf(noDovecot !== undefined)(
  `mails are fetched from a real server${noDovecot ? ` (${noDovecot})` : ""}`,
  () => {
    let w: World;
    let server: Dovecot;
    let desk: ImapFlow;
    const reports: unknown[] = [];
    const readers: MailReader[] = [];
    const folder = "Support";

    beforeAll(async () => {
      await new Promise<void>((done) => issuer.listen(0, "127.0.0.1", done));
      const tokens = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/token/`;
      server = await dovecot({ tokens });
      desk = await server.client("desk");
      await desk.mailboxCreate(folder);
      w = await world({ templates: ["core"] });
      await publishTickets(w.admin);
    });
    afterAll(async () => {
      vi.restoreAllMocks();
      for (const it of readers) await it.stop();
      desk.close();
      await w.close();
      await server.remove();
      issuer.close();
    });

    /** The mailbox reads this way from now on. */
    async function reads(more: Partial<NonNullable<MailboxDocument["imap"]>> = {}): Promise<void> {
      const imap = { host: "127.0.0.1", port: server.securePort, user: "desk", folder, ...more };
      const change = (await w.admin.post("/api/changes", { reason: "Test" })).json.id;
      const put = await w.admin.send("PUT", `/api/documents/mailbox/support?change=${change}`, {
        body: { ...support, imap },
      });
      expect(put.status, put.text).toBe(200);
      const published = await w.admin.post(`/api/changes/${change}/publish`);
      expect(published.status, published.text).toBe(200);
    }
    const bind = (body: object) => w.admin.send("PUT", "/api/mailboxes/support", { body });
    function reader(open = "127.0.0.1"): MailReader {
      const made = new MailReader(new Map([["main", w.workspace]]), {
        clock: w.clock,
        gate: openMailGate({ open: networksOf(open === "" ? [] : [open]) }),
        report: (error) => error instanceof Dead || reports.push(error),
        told: () => undefined,
        pollMs: 500,
        pauseMs: 100,
      });
      readers.push(made);
      return made;
    }
    /** A worker of its own: reads once, and gives up what it has. */
    async function readOnce(open?: string): Promise<void> {
      const one = reader(open);
      await one.read();
      await one.stop();
    }
    const lay = (given: Parameters<typeof letter>[0] & { raw?: string } = {}, path = folder) =>
      desk.append(path, given.raw ?? letter(given), [], new Date("2026-03-02T10:00:00Z"));
    const fares = async () => (await w.admin.get("/api/mailboxes")).json.items.find((it: any) => it.name === "support");
    const subjects = async () =>
      (await w.admin.get("/api/records/ticket?limit=200")).json.items.map((it: any) => it.subject).sort();
    /** Which of the mails of a folder are marked as read. */
    const flags = async (path = folder) => {
      await desk.mailboxOpen(path, { readOnly: true });
      const them = desk.mailbox && desk.mailbox.exists > 0 ? await desk.fetchAll("1:*", { flags: true }) : [];
      await desk.mailboxClose();
      return them.map(({ flags }) => flags!.has("\\Seen"));
    };

    test("what cannot be read is told in a word: no owner's word, a closed network, a wrong password, no such folder", async () => {
      const words = async () => [(await fares()).error, (await fares()).failures];
      const told = async () =>
        (await w.admin.get("/api/notifications")).json.items.filter((it: any) => it.told?.code === "mailbox");
      await reads({ folder: "Nowhere" });
      await readOnce();
      expect(await fares()).toMatchObject({ reads: true, active: false, failures: 0, read_at: null });
      expect((await bind({ secret: "wrong" })).status).toBe(201);
      await readOnce("");
      expect(await words()).toEqual(["closed", 1]);
      await readOnce();
      expect(await words()).toEqual(["sign-in", 2]);
      expect(await told()).toEqual([]);
      expect((await bind({ secret: "secret" })).text).not.toContain("secret");
      await readOnce();
      expect(await words()).toEqual(["folder", 3]);
      await readOnce();
      // Once for an outage, however long it is.
      expect(await told()).toMatchObject([{ title: "The mails of Support cannot be fetched", body: "folder" }]);
      const change = (await w.admin.post("/api/changes", { reason: "Test" })).json.id;
      const imap = { host: "127.0.0.1", user: "desk", folder, then: "move", moved_to: "support" };
      const body = { ...support, imap };
      const put = await w.admin.send("PUT", `/api/documents/mailbox/support?change=${change}`, { body });
      expect(put.text).toContain("mailbox.folder");
      expect((await bind({ secret: "two words" })).status).toBe(422);
    });

    test("a mail becomes a record, once, and is marked as read there; what came before is left", async () => {
      await desk.append(folder, letter({ subject: "Long ago" }), [], new Date("2026-03-01T08:00:00Z"));
      await lay({ subject: "First" });
      // In the clear until STARTTLS.
      await reads({ port: server.port, secure: false, then: "flag" });
      await readOnce();
      await lay({ subject: "Second" });
      await readOnce();
      await readOnce();
      expect(reports).toEqual([]);
      expect(await subjects()).toEqual(["First", "Second"]);
      expect(await flags()).toEqual([false, true, true]);
      const whole = { failures: 0, error: null, left_aside: 0, read_at: w.clock.now().toISOString() };
      expect(await fares()).toMatchObject(whole);
    });

    test("a worker that dies behind any statement loses no mail and makes none twice", async () => {
      const made: string[] = [];
      for (let at = 1, came = true; came; at += 1) {
        made.push(`Dying ${at}`);
        await lay({ subject: `Dying ${at}` });
        const dead = reader();
        came = await dying(w, at, "after", () => dead.read());
        // Nobody gives back what a dead one had: its lease ends.
        await dead.stop();
        await w.sql("update {ws}._imap set lease_until = clock_timestamp() - interval '1 s'");
        await readOnce();
        await w.sql("update {ws}._imap_left set due_at = $1 where due_at is not null", [w.clock.now()]);
        await readOnce();
      }
      expect(made.length).toBeGreaterThan(10);
      expect((await subjects()).filter((it: string) => it.startsWith("Dying"))).toEqual(made.sort());
      expect((await flags()).filter((seen) => !seen)).toHaveLength(1);
      expect((await fares()).left_aside).toBe(0);
    });

    test("mails keep their records when the server gives them other ids; what is new goes to its folder", async () => {
      const before = await subjects();
      await reads({ then: "move", moved_to: "Taken" });
      await desk.mailboxClose();
      await desk.mailboxRename(folder, "Kept");
      await desk.mailboxCreate(folder);
      await desk.mailboxOpen("Kept");
      await desk.messageCopy("1:*", folder);
      await lay({ subject: "In the new folder" });
      await readOnce();
      expect(await subjects()).toEqual([...before, "In the new folder"].sort());
      await lay({ subject: "Later" });
      await readOnce();
      expect(await subjects()).toEqual([...before, "In the new folder", "Later"].sort());
      expect((await flags("Taken")).length).toBe((await flags("Kept")).length - 1 + 2);
    });

    test("one that cannot be taken waits aside and holds nobody up: it is told, tried again where that may help", async () => {
      await lay({ raw: "no mail at all" });
      await lay({ raw: letter({ subject: "Heavy", text: `${"x".repeat(998)}\r\n`.repeat(30_100) }) });
      const agent = await w.user("Helper", { roles: [] });
      await lay({ subject: "Behind them" });
      await bind({ owner: agent.id });
      await readOnce();
      expect(await subjects()).not.toContain("Behind them");
      const aside = async () =>
        (await w.admin.get("/api/mailboxes/support/aside")).json.items.map((it: any) => [
          it.reason,
          it.due_at !== null,
        ]);
      expect((await aside()).sort()).toEqual([
        ["entity.unknown", true],
        ["mail.too_large", false],
        ["mail.unreadable", false],
      ]);
      await bind({ owner: w.admin.id });
      await readOnce();
      expect(await subjects()).not.toContain("Behind them");
      w.clock.advance(61_000);
      await readOnce();
      expect(await subjects()).toContain("Behind them");
      expect((await aside()).length).toBe(2);
      expect(reports).toEqual([]);
    });

    test("news come by IDLE, or by asking where a server has none, through an outage; a token signs in as a password does", async () => {
      const running = reader();
      await reads({ sign_in: "token" });
      await bind({ secret: "bad-token" });
      running.start();
      const until = (assertion: () => Promise<void>) => vi.waitFor(assertion, { timeout: 240_000, interval: 200 });
      await until(async () => expect(await fares()).toMatchObject({ error: "sign-in" }));
      await bind({ secret: "good-token" });
      await until(async () => expect(await fares()).toMatchObject({ error: null, failures: 0 }));
      await lay({ subject: "By IDLE" });
      await until(async () => expect(await subjects()).toContain("By IDLE"));
      desk.close();
      await server.stop();
      await until(async () =>
        expect(await fares()).toMatchObject({ failures: expect.any(Number), error: "unreachable" }),
      );
      await server.start("\nimap_capability = IMAP4rev1 UIDPLUS\n");
      desk = await server.client("desk");
      await lay({ subject: "By asking" });
      await until(async () => expect(await subjects()).toContain("By asking"));
      await running.stop();
    });
  },
);
