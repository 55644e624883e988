import { accessFor, entityAccess, problem, suggestColumns } from "engine";
import { Hono, type Context } from "hono";
import type { App } from "../app.ts";
import { readFileForm, readObject } from "../body.ts";
import { detectFormat, peek } from "../csv.ts";
import { noteKey, wordsIn } from "../store/key-use.ts";
import { fileBytesMax, lastPlan, queueImport, readImport, runImport } from "../store/import.ts";

/** Files that become records: looked into, rehearsed, run. */
export const imports = new Hono<App>()

  .post("/inspect", async (c) => {
    const { bytes, entity } = await readForm(c);
    const { spoken, principal } = c.var;
    const access = accessFor(spoken, principal);
    const rights = entityAccess(spoken, access, entity ?? "");
    const format = detectFormat(bytes);
    const { columns, rows } = peek(bytes, format);
    const known = { entity: rights.entity.name, columns };
    const plan = (await lastPlan(c.var.workspace, principal, known)) ?? null;
    const suggested = new Map(suggestColumns(rights.entity, access, columns).map((it) => [it.column, it.field]));
    const told = columns.map((name) => ({
      name,
      samples: rows.map((row) => row[name] ?? ""),
      suggestion: suggested.get(name) ?? null,
    }));
    return c.json({ ...format, columns: told, plan });
  })

  .post("/", async (c) => {
    const { bytes, name, plan } = await readForm(c);
    const given = parsed(plan);
    const id = await queueImport(c.var.workspace, c.var.principal, { bytes, name, plan: given }, c.var.now);
    const { entity } = given as { readonly entity: string };
    noteKey(c, entity, wordsIn(given));
    c.var.services.nudge();
    return c.json(await readImport(c.var.workspace, c.var.principal, id), 202);
  })

  .get("/:id", async (c) => c.json(await readImport(c.var.workspace, c.var.principal, c.req.param("id"))))

  .post("/:id/run", async (c) => {
    const id = c.req.param("id");
    const body = c.req.header("content-type") === undefined ? {} : await readObject(c);
    await runImport(
      c.var.workspace,
      c.var.principal,
      id,
      "plan" in body ? body.plan : "columns" in body ? body : undefined,
      c.var.now,
    );
    c.var.services.nudge();
    return c.json(await readImport(c.var.workspace, c.var.principal, id), 202);
  });

async function readForm(c: Context<App>) {
  const { form, name, bytes } = await readFileForm(c, fileBytesMax);
  const text = (value: unknown) => (typeof value === "string" ? value : undefined);
  return { bytes, name: name.slice(0, 200), plan: text(form.plan), entity: text(form.entity) };
}

function parsed(plan: string | undefined): unknown {
  try {
    return JSON.parse(plan ?? "null");
  } catch {
    throw problem("body.malformed", { fault: "the plan is no JSON", path: "/plan" });
  }
}
