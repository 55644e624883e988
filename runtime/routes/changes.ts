import { setTimeout as sleep } from "node:timers/promises";
import { fault, kindOf, nameOf, problem, readMappings, refuse, shapeFaults } from "engine";
import { Hono, type Context } from "hono";
import type { AnyDocument } from "schemas";
import type { App } from "../app.ts";
import { readObject } from "../body.ts";
import { newId } from "../id.ts";
import { onlyAdmins } from "../people.ts";
import {
  getVersion,
  listVersions,
  patchChange,
  problemsOfDraft,
  publishChange,
  undoChange,
  undoVersion,
  type Publisher,
} from "../store/changes.ts";
import { addressOf, createChange, listChanges, readChange } from "../store/documents.ts";
import { planChange } from "../store/plan-change.ts";
import type { Publishing } from "../store/publish.ts";
import type { UndoMapping } from "../store/undo-mapping.ts";

/** A publish that takes longer is answered with its operation. */
const patienceMs = 1000;

/** Changes: drafts that are planned, published and undone together. */
export const changes = new Hono<App>()

  .use(onlyAdmins("publish changes"))

  .get("/", async (c) => c.json({ items: await listChanges(c.var.workspace.pool, c.var.workspace) }))

  .post("/", async (c) => {
    const { reason } = await readObject(c);
    const { workspace, principal, now } = c.var;
    const told = typeof reason === "string" ? reason.slice(0, 500) : "";
    const change = { id: newId(now), reason: told, author: principal.id, now };
    return c.json(await createChange(workspace.pool, workspace, change), 201);
  })

  .get("/versions", async (c) => c.json({ items: await listVersions(c.var.workspace.pool, c.var.workspace) }))

  .get("/versions/:number", async (c) => {
    const { workspace } = c.var;
    return c.json(await getVersion(workspace.pool, workspace, numberOf(c.req.param("number"))));
  })

  .post("/versions/:number/undo", async (c) => {
    const { mapping = {} } = await readObject(c);
    const undone = undoVersion(c.var.workspace, numberOf(c.req.param("number")), readUndoMapping(mapping), by(c));
    return answer(c, await undone);
  })

  .get("/:id", async (c) => c.json(await readChange(c.var.workspace.pool, c.var.workspace.schema, c.req.param("id"))))

  .patch("/:id", async (c) => {
    const { reason, mappings } = await readObject(c);
    const read = mappings === undefined ? undefined : readMappings(mappings);
    refuse(read?.faults ?? []);
    if (reason !== undefined && typeof reason !== "string")
      throw problem("body.malformed", { fault: "a reason is a text", path: "/reason" });
    return c.json(
      await patchChange(c.var.workspace, c.req.param("id"), {
        ...(typeof reason === "string" ? { reason: reason.slice(0, 500) } : {}),
        ...(read ? { mappings: read.mappings } : {}),
      }),
    );
  })

  .post("/:id/check", async (c) => {
    const { kind, name, document } = await readObject(c);
    const { workspace, model } = c.var;
    const change = await readChange(workspace.pool, workspace.schema, c.req.param("id"));
    if (typeof document !== "object" || document === null)
      throw problem("body.malformed", { fault: "a document is wanted", path: "/document" });
    const faults = shapeFaults(document as Record<string, unknown>);
    if (faults.length > 0) return c.json({ problems: faults });
    const given = document as AnyDocument;
    const address = addressOf(String(kind), String(name));
    if (addressOf(kindOf(given), nameOf(given)) !== address)
      return c.json({
        problems: [fault("document.misplaced", { name: addressOf(kindOf(given), nameOf(given)), path: "/$id" })],
      });
    const drafts = { ...change.drafts, [address]: given };
    return c.json({ problems: problemsOfDraft(model.documents, { ...change, drafts }, kindOf(given), nameOf(given)) });
  })

  .post("/:id/plan", async (c) => c.json(await planChange(c.var.workspace, c.req.param("id"), c.var.now)))

  .post("/:id/publish", async (c) => answer(c, await publishChange(c.var.workspace, c.req.param("id"), by(c))))

  .post("/:id/undo", async (c) => answer(c, await undoChange(c.var.workspace, c.req.param("id"), by(c))));

const by = (c: Context<App>): Publisher => ({ author: c.var.principal.id, now: c.var.now });

/** A publish that is switched soon is answered by its version; another one by the operation that shows its progress. */
async function answer(c: Context<App>, { operation, switched }: Publishing): Promise<Response> {
  const published = await (operation === undefined ? switched : Promise.race([switched, sleep(patienceMs)]));
  if (operation !== undefined) c.header("trellis-operation", operation);
  if (published) return c.json({ ...published, ...(operation === undefined ? {} : { operation }) });
  return c.json({ operation }, 202);
}

function numberOf(given: string): number {
  return /^[0-9]{1,9}$/.test(given) ? Number(given) : 0;
}

/** A mapping for all values alike, or one for each address. */
function readUndoMapping(given: unknown): UndoMapping {
  const flat =
    typeof given === "object" &&
    given !== null &&
    !Array.isArray(given) &&
    Object.values(given).every((to) => to === null || typeof to === "string");
  if (flat) return given as UndoMapping;
  const { mappings, faults } = readMappings(given, "/mapping");
  refuse(faults);
  return mappings;
}
