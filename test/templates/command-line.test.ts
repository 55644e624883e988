import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { serve } from "@hono/node-server";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { world, type World } from "../world.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** The program itself, against a server that it knows by its address alone. */
describe("the command line", () => {
  let w: World;
  let folder: string;
  let env: Record<string, string>;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    w = await world({ templates: ["core", "sales"] });
    const made = await w.admin.post("/api/keys", { name: "cli", user: w.admin.id, roles: ["admin"] });
    const server = serve({ fetch: w.fetch, port: 0, hostname: "127.0.0.1" });
    await new Promise((done) => server.once("listening", done));
    env = {
      TRELLIS_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      TRELLIS_KEY: made.json.key,
    };
    stop = () => new Promise((done) => server.close(() => done()));
    folder = await mkdtemp(join(tmpdir(), "trellis-folder-"));
  });
  afterAll(async () => {
    await stop();
    await w.close();
    await rm(folder, { recursive: true });
  });

  const trellis = (...words: string[]) =>
    new Promise<{ code: number | null; out: string }>((done) => {
      const child = spawn(process.execPath, [join(root, "runtime/main.ts"), ...words], {
        env: { ...process.env, ...env },
      });
      let out = "";
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (piece: Buffer) => (out += piece));
      child.on("close", (code) => done({ code, out }));
    });

  test("pulls the workspace as files, and has nothing to do then", async () => {
    const pulled = await trellis("pull", folder);
    expect(pulled, pulled.out).toMatchObject({ code: 0 });
    expect(pulled.out).toMatch(/files written/);
    const text = await readFile(join(folder, "entities/deal.json"), "utf8");
    expect(Object.keys(JSON.parse(text)).slice(0, 4)).toEqual(["$schema", "$id", "$anchor", "type"]);
    expect(await trellis("plan", folder)).toEqual({ code: 0, out: "Nothing would change.\n" });
  });

  test("tells what a changed folder would do, does it, and takes it back", async () => {
    const path = join(folder, "entities/deal.json");
    const before = await readFile(path, "utf8");
    const deal = JSON.parse(before);
    deal.properties.competitor = { $anchor: "fld_competitor", field: "text", title: "Competitor" };
    await writeFile(path, JSON.stringify(deal));
    const json = await trellis("plan", folder, "--json");
    expect([json.code, JSON.parse(json.out).changes[0].act]).toEqual([2, "field.add"]);
    const applied = await trellis("apply", folder, "--reason", "From a folder");
    expect(applied.code, applied.out).toBe(0);
    expect((await w.admin.get("/api/changes/versions")).json.items[0].reason).toBe("From a folder");
    expect((await w.workspace.refresh()).entities.get("deal")?.fields.has("competitor")).toBe(true);
    expect(await trellis("undo")).toMatchObject({ code: 0 });
    expect((await w.workspace.refresh()).entities.get("deal")?.fields.has("competitor")).toBe(false);
    deal.name_field = "titel";
    await writeFile(path, JSON.stringify(deal));
    const faulty = await trellis("plan", folder);
    expect([faulty.code, faulty.out]).toEqual([1, expect.stringContaining("/entity/deal/name_field")]);
    expect((await trellis("apply", folder)).code).toBe(1);
    const { items } = (await w.admin.get("/api/changes")).json;
    expect(items.filter(({ status }: any) => status === "open")).toEqual([]);
    await writeFile(path, "{");
    expect((await trellis("plan", folder)).out).toContain("entities/deal.json");
    await writeFile(path, before);
  });

  test("writes a client that compiles strictly and works", async () => {
    const file = join(folder, "trellis.ts");
    expect(await trellis("types", file)).toMatchObject({ code: 0 });
    const use = join(folder, "use.ts");
    await writeFile(
      use,
      `import { connect, legalEvents, Refused } from "./trellis.ts";
const { deal } = connect(${JSON.stringify(env.TRELLIS_URL)}, ${JSON.stringify(env.TRELLIS_KEY)});
const made = await deal.create({ title: "Typed", amount: { amount: "5.00", currency: "USD" } });
const moved = await deal.fire(made.id, { type: legalEvents.deal.prospecting[0] });
const patched = await deal.patch(moved, { title: "Typed well" });
const { items } = await deal.list({ filter: "title == 'Typed well'", limit: 5 });
const got = await deal.get(items[0]?.id ?? "");
let refused = 0;
try { await deal.fire(got.id, { type: "deal.win" }); } catch (error) { if (error instanceof Refused) refused = error.status; }
// @ts-expect-error there is no such field
await deal.create({ titel: "x" }).catch(() => undefined);
console.log(JSON.stringify([patched.title, got.stage, items.length, refused]));
`,
    );
    await writeFile(join(folder, "package.json"), '{"type":"module"}');
    const options =
      "--ignoreConfig --strict --noEmit --target esnext --module nodenext --moduleResolution nodenext --lib esnext,dom";
    const more = "--allowImportingTsExtensions --skipLibCheck --types node --exactOptionalPropertyTypes";
    const typeRoots = ["--typeRoots", join(root, "node_modules/@types")];
    const words = [...options.split(" "), ...more.split(" "), ...typeRoots, use];
    const compiled = await promisify(execFile)(join(root, "node_modules/.bin/tsc"), words).catch(({ stdout }) => ({
      stdout,
    }));
    expect(compiled.stdout).toBe("");
    const { stdout } = await promisify(execFile)(process.execPath, [use]);
    expect(JSON.parse(stdout)).toEqual(["Typed well", "engaging", 1, 422]);
  });

  test("looks after the workspace and mends what it can", async () => {
    const sound = await trellis("doctor");
    expect(sound.code, sound.out).toBe(0);
    expect(sound.out).toMatch(/postgresql: \d+/);
    await w.sql("alter table {ws}.deal add column stray text");
    await w.sql(
      `update pg_index set indisvalid = false where indexrelid =
         (select indexrelid from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
          where n.nspname = $1 and c.relname = 'deal' and not i.indisprimary limit 1)`,
      [w.workspace.schemaName],
    );
    const mended = await trellis("doctor", "--fix");
    expect(mended.out).toMatch(/The index ".*" is built again/);
    expect([mended.code, mended.out]).toEqual([1, expect.stringContaining('No document speaks of the column "stray"')]);
    expect(mended.out).not.toMatch(/is not valid/);
  });

  test("says what to do where it cannot go on", async () => {
    expect((await trellis("help")).out).toContain("trellis pull [folder]");
    env = { ...env, TRELLIS_URL: "http://127.0.0.1:9" };
    expect(await trellis("doctor")).toMatchObject({ code: 1, out: expect.stringContaining("Nobody answers") });
    expect((await trellis("nothing")).out).toContain('"help" lists');
  });
});
