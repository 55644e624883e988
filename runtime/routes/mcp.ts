import { problem } from "engine";
import { Hono, type MiddlewareHandler } from "hono";
import type { App } from "../app.ts";
import { readJson } from "../body.ts";
import { answerTo, protocolVersions, readMessage } from "../mcp/protocol.ts";
import type { Asked } from "../mcp/tool.ts";

/** What a caller proves herself by, and where she means: the same for what her tools ask. */
const passed = ["authorization", "cookie", "origin", "trellis-workspace", "trellis-for"];

/**
 * The Model Context Protocol over Streamable HTTP, without sessions and streams: each message is answered in its own
 * response. `api` answers what tools ask, with the headers of who uses them.
 */
export function mcp(
  signedIn: readonly MiddlewareHandler<App>[],
  api: (request: Request) => Promise<Response>,
): Hono<App> {
  return new Hono<App>()
    .use(async (c, next) => {
      await next();
      if (c.res.status === 401) c.header("www-authenticate", "Bearer");
    })
    .use(...signedIn)

    .post("/", async (c) => {
      const spoken = c.req.header("mcp-protocol-version");
      if (spoken !== undefined && !protocolVersions.some((it) => it === spoken))
        throw problem("mcp.version", { versions: protocolVersions.join(", ") });
      const message = readMessage(await readJson(c));
      if (message.id === undefined) return c.body(null, 202);
      const { access, model } = c.var;
      const entities = [...model.entities.keys()].filter((name) => access.entity(name));
      const own = passed.flatMap((name) => [[name, c.req.header(name)] as const]).filter(([, value]) => value);
      const ask = ({ method, path, body, headers }: Asked) =>
        api(
          new Request(new URL(path, c.req.url), {
            method,
            headers: {
              ...(Object.fromEntries(own) as Record<string, string>),
              "content-type": "application/json",
              ...headers,
            },
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          }),
        );
      return c.json(await answerTo(message, { ask, entities }));
    })

    .all("/", (c) => c.body(null, 405, { allow: "POST" }));
}
