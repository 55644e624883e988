import { problem } from "engine";
import { Hono } from "hono";
import { answerJson } from "../answers.ts";
import type { App } from "../app.ts";
import { readJson, readObject } from "../body.ts";
import { readBack } from "../store/read-back.ts";
import { upsert, type Wanted } from "../store/upsert.ts";
import { wantedVersion } from "../wanted-version.ts";
import { asked } from "./asked.ts";

/** Records that are made, or changed where they stand, told apart by a field whose values are unique. */
export const upserts = new Hono<App>()

  .put("/:entity/by/:field/:value", async (c) => {
    const { entity, field, value } = c.req.param();
    const version = c.req.header("if-match") === undefined ? undefined : wantedVersion(c);
    if (value.includes("\0") || !value.isWellFormed()) throw problem("value.not_text", {});
    const input = await readObject(c);
    const wanted = [{ named: value, input, version, path: "" }];
    const { operation, result } = await asked(c, (how) => upsert(c.var, entity, field, wanted, how));
    const [id = ""] = result.ids;
    const [record] = await readBack(c.var, entity, result.ids);
    const status = result.made.has(id) ? 201 : 200;
    return answerJson(c, record?.text ?? JSON.stringify({ id }), status, {
      "trellis-operation": operation,
      ...(status === 201 ? { location: `/api/records/${entity}/${id}` } : {}),
      ...(record ? { etag: `"${record.version}"` } : {}),
    });
  })

  .put("/:entity/by/:field", async (c) => {
    const { entity, field } = c.req.param();
    const body = await readJson(c);
    if (!Array.isArray(body)) throw problem("body.malformed", { fault: "a list of records is wanted" });
    const wanted = body.map((input: unknown, at): Wanted => ({ input, path: `/${at}` }));
    const { operation, result } = await upsert(c.var, entity, field, wanted);
    const items = (await readBack(c.var, entity, result.ids)).map(({ text }) => text).join(",");
    const created = result.made.size;
    const counts = `"operation":${JSON.stringify(operation)},"created":${created},"updated":${wanted.length - created}`;
    return answerJson(c, `{${counts},"items":[${items}]}`, 200, { "trellis-operation": operation });
  });
