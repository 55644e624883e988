import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { serve } from "@hono/node-server";
import openapiTS, { astToString } from "openapi-typescript";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createKey } from "../../runtime/auth/keys.ts";
import { routeTable, undescribed } from "../fixtures/route-table.ts";
import { world, type Client, type World } from "../world.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));

let w: World;
let seller: Client;
beforeAll(async () => {
  w = await world();
  for (const template of ["core", "sales"])
    expect((await w.admin.post(`/api/templates/${template}/install`, { samples: true })).status).toBeLessThan(300);
  seller = await w.user("Ken", { roles: ["seller"] });
});
afterAll(() => w.close());

const described = async (client: Client) => (await client.get("/api/openapi.json")).json;

/** The description as an admin has it, and what checks by its schemas. */
async function checking() {
  const spec = await described(w.admin);
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  ajv.addSchema({ ...spec, $id: "https://trellis.test/api" }, "https://trellis.test/api");
  return { spec, ajv };
}

describe("the description of the interface", () => {
  test("names what its reader may use, and nothing else", async () => {
    const [all, hers] = [await described(w.admin), await described(seller)];
    expect(all.openapi).toBe("3.1.1");
    expect(all.paths["/api/records/deal/{id}"]).toHaveProperty("delete");
    expect(all.components.schemas.Product.properties).toHaveProperty("cost");
    expect(hers.components.schemas.Product.properties).not.toHaveProperty("cost");
    expect(hers.paths["/api/records/product"]).not.toHaveProperty("post");
    const types = (spec: any) => spec.components.schemas.DealEvent.oneOf.map((it: any) => it.properties.type.const);
    expect(types(all)).toEqual(expect.arrayContaining(["deal.win", "deal.reopen"]));
    expect(types(hers)).toContain("deal.win");
    expect(types(hers)).not.toContain("deal.reopen");
    expect(Object.keys(hers.components.schemas)).not.toContain("Role");
    expect(hers.components.schemas.User.properties).not.toHaveProperty("roles");
    expect(all.paths["/api/connections/{name}/deliveries"].get.operationId).toBe("list_deliveries");
    expect(Object.keys(hers.paths).filter((path) => /connection|intake|hook/.test(path))).toEqual([]);
  });

  test("has every route of the server, but for those that are left out for a reason", async () => {
    const { paths } = await described(w.admin);
    const told = Object.entries<object>(paths).flatMap(([path, acts]) =>
      Object.keys(acts).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const isTold = (route: string) => {
      const pattern = new RegExp(`^${route.replace(/:\w+/g, "[^/]+")}$`);
      return told.some((it) => pattern.test(it));
    };
    const left = Object.keys(undescribed);
    const isLeft = (route: string) => left.some((it) => route.startsWith(it));
    expect(Object.keys(routeTable).filter((route) => isTold(route) === isLeft(route))).toEqual([]);
    const operations = Object.values<any>(paths).flatMap((acts) =>
      Object.values<any>(acts).flatMap((it) => it.operationId ?? []),
    );
    expect(operations.filter((it, at) => operations.indexOf(it) !== at)).toEqual([]);
  });

  test("fits what is answered: every record of every entity", async () => {
    const { spec, ajv } = await checking();
    let answered = 0;
    for (const path of Object.keys(spec.paths)) {
      const [, entity] = /^\/api\/records\/([a-z_]+)$/.exec(path) ?? [];
      if (!entity) continue;
      const { $ref } = spec.paths[path].get.responses[200].content["application/json"].schema.properties.items.items;
      const validate = ajv.compile({ $ref: `https://trellis.test/api${$ref}` });
      const { items } = (await w.admin.get(`/api/records/${entity}?limit=20`)).json;
      answered += items.length;
      for (const item of items) expect([entity, validate(item), validate.errors]).toEqual([entity, true, null]);
    }
    expect(answered).toBeGreaterThan(10);
  });

  test("fits what is answered: what is asked of workflows", async () => {
    const { spec, ajv } = await checking();
    const [{ id = "" } = {}] = (await w.admin.get("/api/records/deal?limit=1")).json.items;
    const at = "2026-01-01T09:00:00Z";
    const asked: readonly (readonly [path: string, body?: object])[] = [
      ["map"],
      ["counts"],
      ["simulate", { record: { title: "Kiosks" }, script: [{ send: "deal.advance" }, { wait: "P1D" }] }],
      ["known", { questions: [{ of: "record", entity: "deal", id }] }],
      ["conformance", { events: [{ case: "a", activity: "Sink", at, resource: "Ann" }] }],
      ["backtest", { since: "P30D" }],
      ["backtest", { since: "P30D", background: true }],
      ["dry-run", {}],
    ];
    for (const [path, body] of asked) {
      const place = path === "known" ? "/api/workflows/known" : `/api/workflows/{id}/${path}`;
      const method = body ? "post" : "get";
      const { requestBody, responses } = spec.paths[place][method];
      const taken = requestBody?.content["application/json"].schema ?? {};
      const whole = place.replace("{id}", "deal_pipeline");
      const { status, json, text } = body ? await w.admin.post(whole, body) : await w.admin.get(whole);
      expect(Object.keys(responses), text).toContain(String(status));
      for (const [schema, it] of [
        [taken, body ?? {}],
        [responses[status].content["application/json"].schema, json],
      ]) {
        const validate = ajv.compile(schema);
        expect([path, validate(it), validate.errors]).toEqual([path, true, null]);
      }
    }
  });

  test("follows a publish at once, and can be read by people", async () => {
    const { json } = await w.admin.get("/api/documents/entity/company");
    const change = (await w.admin.post("/api/changes", { reason: "A rival" })).json.id;
    const rival = { $anchor: "fld_rival", field: "text", title: "Rival" };
    const body = { ...json, properties: { ...json.properties, rival } };
    await w.admin.send("PUT", `/api/documents/entity/company?change=${change}`, { body });
    expect((await w.admin.post(`/api/changes/${change}/publish`, {})).status).toBe(200);
    expect((await described(w.admin)).components.schemas.Company.properties).toHaveProperty("rival");
    const page = await w.admin.get("/api/docs");
    expect(page.text).toContain("swagger-ui");
    for (const file of ["swagger-ui-bundle.js", "swagger-ui.css", "start.js"])
      expect((await w.admin.get(`/api/docs/${file}`)).status).toBe(200);
    expect((await w.admin.get("/api/docs/package.json")).status).toBe(404);
    expect((await w.nobody.get("/api/openapi.json")).status).toBe(401);
  });
});

test("a client that a public generator makes from it works unchanged", async () => {
  await mkdir(join(root, "test-results"), { recursive: true });
  const folder = await mkdtemp(join(root, "test-results/client-"));
  const server = serve({ fetch: w.fetch, port: 0, hostname: "127.0.0.1" });
  try {
    await new Promise<void>((done) => server.once("listening", () => done()));
    const { port } = server.address() as { port: number };
    const made = { workspace: "main", user: w.admin.id, name: "client", roles: null, expiresAt: null, by: w.admin.id };
    const { key } = await createKey(w.pool, made, w.clock.now());
    const types = astToString(await openapiTS(JSON.stringify(await described(w.admin))));
    await writeFile(join(folder, "api.ts"), types);
    await writeFile(
      join(folder, "use.ts"),
      `import createClient from "openapi-fetch";
import type { paths } from "./api.ts";
const client = createClient<paths>({ baseUrl: "http://127.0.0.1:${port}", headers: { authorization: "Bearer ${key}" } });
const made = await client.POST("/api/records/deal", { body: { title: "By a client" }, params: {} });
if (!made.data || !("id" in made.data)) throw new Error(JSON.stringify(made.error));
const { id, version } = made.data;
const path = { id: id as string };
const moved = await client.POST("/api/records/deal/{id}/events", { params: { path }, body: { type: "deal.advance" } });
if (moved.error) throw new Error(JSON.stringify(moved.error));
const changed = await client.PATCH("/api/records/deal/{id}", {
  params: { path, header: { "If-Match": \`"\${moved.data.version}"\` } },
  body: { amount: { amount: "12.50", currency: "USD" } },
});
if (changed.error) throw new Error(JSON.stringify(changed.error));
const listed = await client.GET("/api/records/deal", { params: { query: { filter: "title == 'By a client'", limit: 5 } } });
const refused = await client.GET("/api/records/deal", { params: { query: { filter: "titel == 1" } } });
console.log(JSON.stringify({ version, now: changed.data.version, n: listed.data?.items.length, code: refused.error?.code }));
`,
    );
    await writeFile(
      join(folder, "tsconfig.json"),
      JSON.stringify({
        compilerOptions: {
          strict: true,
          noEmit: true,
          module: "nodenext",
          target: "esnext",
          lib: ["esnext", "dom"],
          types: ["node"],
          skipLibCheck: true,
          allowImportingTsExtensions: true,
        },
        include: ["*.ts"],
      }),
    );
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const compiled = await run(process.execPath, [tsc, "-p", folder]).catch((error) => error);
    expect(compiled.stdout).toBe("");
    const { stdout } = await run(process.execPath, [fileURLToPath(pathToFileURL(join(folder, "use.ts")))]);
    expect(JSON.parse(stdout)).toEqual({ version: 1, now: 3, n: 1, code: "field.unknown" });
  } finally {
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
});
