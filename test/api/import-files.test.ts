import iconv from "iconv-lite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dump } from "../harbour.ts";
import { world, type World } from "../world.ts";

let w: World;
beforeAll(async () => {
  w = await world({ templates: ["core"] });
  await w.work();
});
afterAll(() => w.close());

const plan = { entity: "note", match: ["external_id"], columns: { key: "external_id", title: "title", body: "body" } };

async function upload(bytes: Uint8Array | string, given: object = plan) {
  const form = new FormData();
  form.set("file", new File([bytes as BlobPart], "notes.csv"));
  form.set("plan", JSON.stringify(given));
  return w.admin.send("POST", "/api/imports", { body: form });
}

async function imported(bytes: Uint8Array | string, given: object = plan): Promise<any> {
  const begun = await upload(bytes, given);
  expect(begun.status, begun.text).toBe(202);
  return until(begun.json.id, ({ status }) => !["queued", "running"].includes(status));
}

/** An import as soon as it is as wanted; a database that is away meanwhile is asked again. */
async function until(id: string, wanted: (it: any) => boolean | Promise<boolean>): Promise<any> {
  for (;;) {
    const { status, json } = await w.admin.get(`/api/imports/${id}`);
    if (status === 200 && (await wanted(json))) return json;
    await new Promise((done) => setTimeout(done, 10));
  }
}

const stored = async (key: string) =>
  (await w.admin.get(`/api/records/note?filter=${encodeURIComponent(`external_id == '${key}'`)}`)).json.items[0];

describe("a file is read as it was written", () => {
  test.each([
    ["UTF-8", "utf-8", ",", false],
    ["UTF-8 with a byte order mark", "utf-8", ",", true],
    ["UTF-16, little end first", "utf-16le", ",", true],
    ["UTF-16, big end first", "utf-16be", ";", true],
    ["cp932", "cp932", ",", false],
    ["semicolons", "utf-8", ";", false],
    ["tabs", "utf-8", "\t", false],
  ])("in %s", async (name, encoding, separator, addBOM) => {
    const body = `一行目、日本語の文章です。\r\n"二" 行目${separator} おわり`;
    const rows = Array.from({ length: 12 }, (_, at) => [
      `"${name} ${at}"`,
      `題名 ${at}`,
      `"${body.replaceAll('"', '""')}"`,
    ]);
    const text = [["key", "title", "body"], ...rows].map((cells) => cells.join(separator)).join("\r\n");
    expect(await imported(iconv.encode(text, encoding, { addBOM }))).toMatchObject({ status: "done", created: 12 });
    expect(await stored(`${name} 11`)).toMatchObject({ title: "題名 11", body });
  });
});

describe("a file that cannot be read is refused with the reason, and nothing is stored", () => {
  const png = Uint8Array.from([
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0,
  ]);
  test.each<[string, Uint8Array | string, object, number]>([
    ["empty", "", plan, 422],
    ["blank lines alone", "\n\n\r\n", plan, 422],
    ["without a column that the plan names", "key,title\n1,a\n", plan, 422],
    ["a column that stands twice", "key,key,title,body\n1,1,a,b\n", plan, 422],
    ["a picture", png, plan, 422],
    ["an unknown entity", "key,title,body\n1,a,b\n", { ...plan, entity: "nothing" }, 404],
    ["an unknown field", "key,title,body\n1,a,b\n", { ...plan, columns: { key: "external_id", title: "titel" } }, 400],
    ["no plan of any shape", "key,title,body\n1,a,b\n", [], 422],
    ["an encoding that nobody knows", "key,title,body\n", { ...plan, format: { encoding: "ebcdic-9" } }, 422],
  ])("%s", async (_, bytes, given, status) => {
    const before = await dump(w);
    const answer = await upload(bytes, given);
    expect(answer.status, answer.text).toBe(status);
    for (const { code, detail } of answer.json.problems) expect([code, detail]).not.toContain("");
    expect(answer.json.problems.length).toBeGreaterThan(0);
    expect(await dump(w)).toEqual(before);
  });

  test("rows that do not fit are left out and listed; the others come in", async () => {
    const text = `key,title,body\nfit 1,One,x\nfit 2,"${"t".repeat(500)}",y\nfit 3,"nul \u0000 inside",z\n`;
    const done = await imported(text);
    expect(done, JSON.stringify(done)).toMatchObject({ status: "done", created: 1, rejected: 2 });
    const errors = await w.admin.get(done.errors_url);
    expect(errors.text).toContain("fit 2");
    expect(errors.text).not.toContain("fit 1,");
  });
});

// Last: what is stored is compared whole above.
describe("a database that drops all its connections in the middle", () => {
  /** Ends every connection but the one that asks. */
  const dropAll = () =>
    w.sql(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`,
    );

  test("does not fail an import: it goes on behind the last row that was committed", async () => {
    const rows = Array.from({ length: 3000 }, (_, at) => `drop ${at},Title ${at},Body`);
    const begun = await upload(["key,title,body", ...rows].join("\n"));
    const running = await until(begun.json.id, (it) => it.rows > 0);
    expect(running.rows).toBeLessThan(3000);
    await dropAll();
    const done = await until(begun.json.id, ({ status }) => !["queued", "running"].includes(status));
    expect(done, JSON.stringify(done)).toMatchObject({ status: "done", rows: 3000, created: 3000, rejected: 0 });
  });
});

describe("a machine so slow that a job is taken for left behind", () => {
  test("rehearses a file once: what is told at its end is all of it, and stays", async () => {
    const rows = Array.from({ length: 6000 }, (_, at) => `slow ${at},Title ${at},Body`);
    const begun = await upload(["key,title,body", ...rows].join("\n"), { ...plan, rehearse: true });
    const done = await until(begun.json.id, async ({ status }) => {
      await w.sql("update {ws}._import set lease_until = now() - interval '1 second' where status = 'running'");
      return !["queued", "running"].includes(status);
    });
    expect(done, JSON.stringify(done)).toMatchObject({ status: "done", rehearsed: true, rows: 6000, created: 6000 });
    for (let look = 0; look < 100; look++) {
      expect((await w.admin.get(`/api/imports/${begun.json.id}`)).json).toEqual(done);
      await new Promise((over) => setTimeout(over, 20));
    }
  });
});

describe("a large file", () => {
  test("of 40 MB is read as it was written", async () => {
    const body = "Nine men went to mow, went to mow a meadow. ".repeat(1100);
    const rows = Array.from({ length: 850 }, (_, at) => `big ${at},Title ${at},"${body}"`);
    const text = ["key,title,body", ...rows].join("\n");
    expect(text.length).toBeGreaterThan(40_000_000);
    const done = await imported(text);
    expect(done, JSON.stringify(done).slice(0, 600)).toMatchObject({ status: "done", created: 850, rejected: 0 });
    expect((await stored("big 849")).body).toBe(body.trim());
  });
});
