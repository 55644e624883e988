import { accessFor, modelFor, problem, type Principal } from "engine";
import { Hono, type Context, type MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import { dressing, keptByNobody } from "./answers.ts";
import type { App, Services } from "./app.ts";
import { principalOf } from "./auth/principal.ts";
import { bounded, isJson } from "./body.ts";
import { clientAddress, networkOf } from "./client-address.ts";
import { newId } from "./id.ts";
import { Metrics } from "./metrics.ts";
import { problems } from "./problems.ts";
import { forRequest } from "./database/watched.ts";
import { forms } from "./routes/forms.ts";
import { health } from "./routes/health.ts";
import { open, routes } from "./routes/index.ts";
import { mcp } from "./routes/mcp.ts";
import { portals } from "./routes/portals.ts";
import { surveyPages } from "./routes/survey-pages.ts";
import { visits } from "./routes/visits.ts";
import { metricsRoute } from "./routes/metrics.ts";
import { idempotent } from "./store/idempotency.ts";
import { Store } from "./store/store.ts";
import { tracing } from "./tracing.ts";
import type { Turns } from "./turns.ts";

/**
 * The whole HTTP side: who asks and by which model is found out first, then the route decides by the engine and lets the
 * store do it. Nothing here knows what a route is about.
 */
export function createApp(services: Services): Hono<App> {
  const app = new Hono<App>();
  const metrics = new Metrics(services.workspaces);
  app.onError(problems);
  app.use(tracing());
  app.use(dressing);
  app.use(scene(services, metrics));
  app.route("/", health);
  for (const pages of ["/f/*", "/portal/*"]) app.use(pages, visitorsInTurn);
  app.route("/f/-/survey", surveyPages);
  app.route("/f", forms);
  app.route("/portal", portals);
  app.route("/", visits);

  const api = new Hono<App>();
  api.use(keptByNobody);
  api.use(bounded);
  for (const [path, route] of open) api.route(path, route);
  api.use(principalOf(services.auth, services.origin));
  api.use(inTurn);
  api.use(rightsOf(services));
  api.use(async (c, next) => {
    await next();
    if (c.req.method !== "GET" && c.res.status < 400) services.live.of(c.get("workspace")).nudge();
  });
  api.use(idempotent);
  for (const [path, route] of routes) api.route(path, route);
  api.route("/metrics", metricsRoute(metrics));
  api.all("*", (c) => {
    throw problem("route.unknown", { path: c.req.path });
  });
  app.route("/api", api);
  app.use("/mcp", keptByNobody, bounded);
  app.route(
    "/mcp",
    mcp([principalOf(services.auth, services.origin), rightsOf(services)], async (request) => app.fetch(request)),
  );
  return app;
}

const heavyBytes = 65_536;

/**
 * Nobody's requests keep those of others waiting: each caller has her share of what is at work. What is small has come
 * before it is at work, so that who sends slowly holds no turn.
 */
const inTurn: MiddlewareHandler<App> = async (c, next) => {
  const turns = turnsFor(c);
  if (turns === c.get("workspace").turns && Number(c.req.header("content-length")) > 0) await c.req.text();
  return during(turns, c.get("principal").id, next);
};

/** The same of those who look at pages for anybody. What they send is bounded where it is read. */
const visitorsInTurn: MiddlewareHandler<App> = async (c, next) => {
  if (c.req.method !== "GET") return next();
  const { workspace, services } = c.var;
  return during(workspace.visitorTurns, networkOf(clientAddress(c, services.proxies) ?? ""), next);
};

async function during(turns: Turns, caller: string, work: () => Promise<void>): Promise<void> {
  const giveBack = await turns.take(caller);
  try {
    await work();
  } finally {
    giveBack();
  }
}

/** Hundreds of records at once have turns of their own, and so has what is no JSON, for it may take long to come. */
function turnsFor({ req, var: { workspace } }: Context<App>): Turns {
  const bytes = Number(req.header("content-length"));
  if (!(bytes > 0)) return workspace.turns;
  if (!isJson(req.header("content-type") ?? "")) return workspace.fileTurns;
  return bytes > heavyBytes ? workspace.heavyTurns : workspace.turns;
}

/** What the caller may do under the model of the request. */
function rightsOf({ clock }: Services): MiddlewareHandler<App> {
  return async (c, next) => {
    const [model, principal] = [c.get("model"), c.get("principal")];
    c.set("access", accessFor(model, principal));
    c.set("spoken", modelFor(model, principal));
    c.set("store", new Store(c.get("workspace"), clock));
    await next();
  };
}

/** What time it is, which workspace is meant and which model is current: the same for the whole request. */
function scene(services: Services, metrics: Metrics): MiddlewareHandler<App> {
  return async (c, next) => {
    const begun = performance.now();
    const now = services.clock.now();
    const id = newId(now);
    const name = c.req.header("trellis-workspace") ?? "main";
    c.set("services", services);
    c.set("begun", begun);
    c.set("now", now);
    c.set("requestId", id);
    const workspace = services.workspaces.get(name);
    if (!workspace) throw problem("workspace.unknown", { name });
    c.set("workspace", workspace);
    c.set("model", workspace.model);
    await forRequest(id, next);
    const [ms, route] = [performance.now() - begun, routePath(c)];
    const { method } = c.req;
    const { status } = c.res;
    metrics.answered(method, route, status, ms);
    const caller: Principal | undefined = c.get("principal");
    services.requestLog({ request: id, method, route, status, ms, caller: caller?.id, actor: caller?.actor?.id });
  };
}
