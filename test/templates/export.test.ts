import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { check, exportTemplate, installOrder, layTemplates, readModel } from "engine";
import type { AnyDocument } from "schemas";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packageOf, readTemplates } from "../../runtime/store/template-files.ts";
import { unzip, zip } from "../../runtime/zip.ts";
import { world, type World } from "../world.ts";

const cases = Number(process.env.TRELLIS_CASES ?? 12);
const shipped = await readTemplates(fileURLToPath(new URL("../../templates", import.meta.url)));

/** One change of an admin's, chosen by three numbers; documents that do not hold together any more are left as they were. */
function changed(documents: readonly AnyDocument[], [at, act, n]: readonly [number, number, number]) {
  const chosen: any = documents[at % documents.length];
  const rest = documents.filter((it) => it !== chosen);
  const next = act === 0 ? rest : [...rest, variant(structuredClone(chosen), act, n)];
  return check(next).length === 0 ? next : documents;
}

function variant(document: any, act: number, n: number): AnyDocument {
  if (act === 1 && document.properties)
    return { ...document, properties: { ...document.properties, [`more_${n}`]: extra(n) } };
  if (act === 2 && document.columns) return { ...document, columns: [...document.columns].reverse() };
  if (act === 3 && document.choices)
    return { ...document, choices: [...document.choices, { value: `more_${n}`, title: `More ${n}` }] };
  if (document.meta) return { ...document, meta: { ...document.meta, title: `Other ${n}` } };
  return Object.fromEntries([
    ["title", `Other ${n}`],
    ...Object.entries(document).filter(([key]) => key !== "title"),
  ]) as any;
}

const extra = (n: number) => ({ title: `More ${n}`, maxLength: 40 + n, field: "text", $anchor: `fld_more_x${n}` });

test("a workspace that is exported and installed where nothing is gives the same files, whatever was changed in it", () => {
  const coming = [...new Set([...shipped.keys()].flatMap((name) => installOrder(shipped, name, new Map())))];
  const start = layTemplates({ published: [], installed: [], coming }).documents;
  const act = fc.tuple(fc.nat(500), fc.nat(4), fc.nat(99));
  fc.assert(
    fc.property(fc.array(act, { maxLength: 12 }), (acts) => {
      const documents = acts.reduce(changed, start);
      const told = { name: "aoba", title: "Aoba", version: "1.2.3" };
      const files = exportTemplate(readModel(documents), told);
      const elsewhere = layTemplates({ published: [], installed: [], coming: [packageOf("aoba", files)!] });
      expect([...elsewhere.faults, ...check(elsewhere.documents)]).toEqual([]);
      expect([...exportTemplate(readModel(elsewhere.documents), { name: "aoba" })]).toEqual([...files]);
    }),
    { numRuns: cases },
  );
});

describe("a workspace goes elsewhere", () => {
  let [here, there]: World[] = [];
  let bytes: Uint8Array;
  beforeAll(async () => {
    [here, there] = [await world(), await world()];
    const installed = await here.admin.post("/api/templates/sales/install", { samples: true });
    expect(installed.status, installed.text).toBe(202);
  });
  afterAll(async () => {
    await here?.close();
    await there?.close();
  });

  const take = async (from: World) => {
    const query = "name=aoba&title=Aoba&version=1.0.0&samples=company,contact,product,deal,task";
    const answer = await from.fetch(
      new Request(`http://localhost/api/templates/export?${query}`, { headers: await keyOf(from) }),
    );
    expect(answer.headers.get("content-type")).toBe("application/zip");
    return new Uint8Array(await answer.arrayBuffer());
  };
  const keyOf = async (of: World) => {
    const made = await of.admin.post("/api/keys", { name: "take", user: of.admin.id, roles: ["admin"] });
    return { authorization: `Bearer ${made.json.key}` };
  };
  const bring = (to: World, given: Uint8Array) => {
    const form = new FormData();
    form.set("package", new File([given as BlobPart], "aoba.zip"));
    return to.admin.post("/api/templates", form);
  };

  test("with its model and with the records that it takes along", async () => {
    await here!.admin.post("/api/records/task", { subject: "Without a key of its own" });
    const [deal] = (await here!.admin.get("/api/records/deal?limit=1")).json.items;
    await here!.admin.post(`/api/records/deal/${deal.id}/events`, { type: "deal.advance" });
    bytes = await take(here!);
    const brought = await bring(there!, bytes);
    expect([brought.status, brought.json]).toEqual([201, { name: "aoba", title: "Aoba", version: "1.0.0" }]);
    const listed = (await there!.admin.get("/api/templates")).json.items.find((it: any) => it.name === "aoba");
    expect(listed).toMatchObject({ brought: true, installed: null });
    const installed = await there!.admin.post("/api/templates/aoba/install", { samples: true });
    expect(installed.status, installed.text).toBe(202);
    expect(Buffer.compare(await take(there!), bytes)).toBe(0);
    const [moved] = await there!.sql("select stage from {ws}.deal where external_id = $1", [deal.external_id]);
    expect(moved.stage).toBe("engaging");
    expect((await there!.admin.post("/api/templates/aoba/install", { samples: true })).status).toBe(200);
  });

  test("and what is wrong with a package is told, all of it, and nothing is kept", async () => {
    const good = unzip(bytes, { files: 1000, bytes: 9_000_000, depth: 4 });
    const faulty = (more: Record<string, string>) =>
      zip(new Map([...good, ...Object.entries(more).map(([path, text]) => [path, Buffer.from(text)] as const)]));
    const told = async (given: Uint8Array) => {
      const { status, json } = await bring(there!, given);
      return [status, ...(json.problems ?? []).map((it: any) => `${it.code} ${it.path}`)];
    };
    expect(await told(faulty({ "../x.json": "{}", "/y.json": "{}", "a/b/c/d/e.json": "{}" }))).toEqual([
      422,
      "package.file /../x.json",
      "package.file //y.json",
      "package.file /a/b/c/d/e.json",
    ]);
    expect(await told(faulty({ "views/x.json": "{", "entities/y.json": "nope" }))).toEqual([
      422,
      "package.file /entities/y.json",
      "package.file /views/x.json",
    ]);
    const misplaced = new TextDecoder().decode(good.get("entities/deal.json"));
    const odd = await told(faulty({ "odd/x.json": "{}", "entities/other.json": misplaced, "records/x.json": "3" }));
    expect(odd).toEqual([
      422,
      "package.file /entities/other.json",
      "package.file /odd/x.json",
      "package.file /records/x.json",
    ]);
    expect(await told(faulty({ "views/x.json": "[".repeat(70) + "]".repeat(70) }))).toEqual([
      400,
      expect.stringContaining("body.too_deep /views/x.json"),
    ]);
    expect(await told(Buffer.from("no archive"))).toEqual([422, "package.malformed "]);
    expect(await told(bytes.slice(0, 900))).toEqual([422, "package.malformed "]);
    const bomb = zip(new Map([["template.json", new Uint8Array(60_000_000)]]));
    expect(await told(bomb)).toEqual([422, "package.malformed "]);
    expect((await there!.sql("select name from {ws}._package")).length).toBe(1);
    expect((await there!.admin.get("/api/templates/export?name=No+Name")).status).toBe(422);
    expect((await there!.admin.get("/api/templates/export?name=aoba&samples=dael")).json.problems[0].hint).toBe("deal");
    expect((await there!.admin.delete("/api/templates/aoba")).status).toBe(204);
    expect((await there!.admin.delete("/api/templates/aoba")).status).toBe(404);
  });
});
