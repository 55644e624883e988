import { fault, refuse } from "engine";
import { Hono } from "hono";
import type { App } from "../app.ts";
import { readObject } from "../body.ts";
import { onlyAdmins } from "../people.ts";
import { emptyMailbox, listPosted, readPosted } from "../store/mailbox.ts";
import { simulate, simulations, type Simulated } from "../store/mailbox-simulate.ts";
import { isId } from "../store/records.ts";
import { countDoubts, decide, decisions, listedStatuses, listSendings, type Decision } from "../store/send-decide.ts";
import type { SendingStatus } from "../store/sendings.ts";

const wanted = (text: string, path: string) => fault("mail.value", { wanted: text, path });
const cursorFault = (cursor: string | undefined) =>
  cursor === undefined || isId(cursor) ? [] : [wanted("the id of the last one", "/cursor")];

/** The mailbox of the house: what has come to it, and what a receiver would do with it. */
export const mailbox = new Hono<App>()
  .use(onlyAdmins("read the mailbox"))

  .get("/", async (c) => {
    const { cursor } = c.req.query();
    refuse(cursorFault(cursor));
    return c.json(await listPosted(c.var.workspace, cursor));
  })

  .get("/:id", async (c) => c.json(await readPosted(c.var.workspace, c.req.param("id"))))

  .post("/:id/simulate", async (c) => {
    const { workspace, now, services } = c.var;
    const { as, url, ...rest } = await readObject(c);
    refuse([
      ...Object.keys(rest).map((name) => wanted("as and url alone", `/${name}`)),
      ...(simulations.includes(as as Simulated) ? [] : [wanted(simulations.join(", "), "/as")]),
      ...(url === undefined || typeof url === "string" ? [] : [wanted("a link", "/url")]),
    ]);
    await simulate(workspace, c.req.param("id"), { as: as as Simulated, url: url as string | undefined }, now);
    services.nudge();
    return c.body(null, 204);
  })

  .delete("/", async (c) => c.json({ count: await emptyMailbox(c.var.workspace) }));

/** The ledger of what is sent, and what goes on by a person's word alone. */
export const sendings = new Hono<App>()
  .use(onlyAdmins("see what is sent"))

  .get("/", async (c) => {
    const { status = "unknown", cursor } = c.req.query();
    refuse([
      ...(listedStatuses.includes(status as SendingStatus) ? [] : [wanted(listedStatuses.join(", "), "/status")]),
      ...cursorFault(cursor),
    ]);
    const { workspace } = c.var;
    const page = await listSendings(workspace, { status: status as SendingStatus, before: cursor });
    return c.json({ ...page, counts: await countDoubts(workspace) });
  })

  .post("/:id/decide", async (c) => {
    const { workspace, principal, now, services } = c.var;
    const { as, ...rest } = await readObject(c);
    refuse([
      ...Object.keys(rest).map((name) => wanted("as alone", `/${name}`)),
      ...(decisions.includes(as as Decision) ? [] : [wanted(decisions.join(", "), "/as")]),
    ]);
    await decide(workspace, c.req.param("id"), as as Decision, { by: principal, now });
    services.nudge();
    return c.body(null, 204);
  });
