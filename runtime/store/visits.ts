import { fault, problem, refuse, utmOf, type Fault } from "engine";
import type { Connection } from "../database/pool.ts";
import { newId } from "../id.ts";
import type { Workspace } from "../workspace.ts";
import { attachFacts, recordFacts, type ToldFact } from "./facts.ts";
import { engineItself, operate, type Scene } from "./operation.ts";
import { isId } from "./records.ts";

/** A look at a page of the workspace's own web sites, as the script there tells it. */
interface Visit {
  readonly id: string;
  readonly session: string;
  readonly url: URL;
  readonly title: string;
  readonly referrer: string;
  readonly at: Date;
}

/** What a browser tells at once. */
export interface Told {
  readonly device: string;
  readonly visits: readonly Visit[];
}

const visitsMost = 50;
/** What was kept while there was no connection. */
const oldestMs = 24 * 3_600_000;

/** Reads what a browser tells: whose it is by a random id, and which pages it has seen, how long ago. */
export function readVisits(body: unknown, now: Date): Told {
  const { device, visits } = isObject(body) ? body : {};
  const faults: Fault[] = [];
  const wrong = (wanted: string, path: string) => void faults.push(fault("visit.malformed", { wanted, path }));
  if (typeof device !== "string" || !isId(device)) wrong("`device`, a random UUID", "/device");
  if (!Array.isArray(visits) || visits.length > visitsMost)
    wrong(`\`visits\`, a list of ${visitsMost} at most`, "/visits");
  refuse(faults);
  const read = (visits as unknown[]).map((it, at) => {
    const { id, session, url, title = "", referrer = "", ago = 0 } = isObject(it) ? it : {};
    const place = `/visits/${at}`;
    const address = typeof url === "string" && url.length <= 4000 && URL.canParse(url) ? new URL(url) : undefined;
    if (![id, session].every((given) => typeof given === "string" && isId(given)))
      wrong("`id` and `session`, random UUIDs", place);
    if (!address || !/^https?:$/.test(address.protocol)) wrong("`url`, the address of a page", `${place}/url`);
    if (typeof ago !== "number" || !(ago >= 0 && ago <= oldestMs))
      wrong("`ago` in milliseconds, a day at most", `${place}/ago`);
    return {
      ...{ id: String(id), session: String(session), url: address ?? new URL("http://localhost") },
      ...{ title: String(title).slice(0, 200), referrer: bareAddress(String(referrer).slice(0, 2000)) },
      at: new Date(now.getTime() - (Number.isFinite(ago) ? Number(ago) : 0)),
    };
  });
  refuse(faults);
  return { device: String(device), visits: read };
}

/** An address without what follows its path: there stand words and names that are nobody's business. */
const bareAddress = (text: string): string => {
  if (!URL.canParse(text)) return "";
  const { origin, pathname } = new URL(text);
  return origin === "null" ? "" : `${origin}${pathname}`.slice(0, 500);
};

/** Web sites that may tell of visits: those in which forms of the workspace may stand. */
export const sitesOf = ({ model }: Workspace): ReadonlySet<string> =>
  new Set([...model.forms.values()].flatMap(({ origins = [] }) => origins));

/**
 * Keeps visits as facts, each once. They are about whom the browser was last known to be; where it is nobody yet, they
 * wait for her to say so.
 */
export async function keepVisits(workspace: Workspace, { device, visits }: Told, now: Date): Promise<void> {
  if (visits.length === 0) return;
  const told = { kind: "visits", title: "Visits", now, operation: newId(now), unbounded: true };
  await operate(workspace, engineItself, told, async (tx, scene) => {
    const subject = await personOf(tx, scene, device);
    await recordFacts(
      tx,
      scene,
      visits.map((visit): ToldFact => {
        const { id, session, url, title, referrer, at } = visit;
        const data = { device, session, page: bareAddress(url.href), title, referrer, ...utmOf(url.searchParams) };
        return { type: "page.visited", subject, at, source: "web", sourceId: `${device} ${id}`, data };
      }),
    );
  });
}

/** Whom a browser was last known to be, as far as her record is there. */
async function personOf(tx: Connection, scene: Scene, device: string): Promise<ToldFact["subject"]> {
  const { rows } = await tx.query(`select entity, record from ${scene.workspace.schema}._device where device = $1`, [
    device,
  ]);
  const [known] = rows as { entity: string; record: string }[];
  const entity = known && [...scene.model.entities.values()].find(({ anchor }) => anchor === known.entity);
  return known && entity ? { entity: entity.name, record: known.record } : null;
}

/** A claim waits for so long: as does the link that confirms it. */
export const claimsMs = 30 * 24 * 3_600_000;

type Subject = NonNullable<ToldFact["subject"]>;

/**
 * Somebody has typed into a form who she is, and anybody may type that: what her browser has seen stays nobody's until
 * she confirms by a link what she has sent.
 */
export async function claimDevice(tx: Connection, scene: Scene, device: string, subject: Subject): Promise<void> {
  if (!isId(device)) return;
  const { schema } = scene.workspace;
  const anchor = scene.model.entities.get(subject.entity)?.anchor;
  await tx.query(
    `delete from ${schema}._device_claim where operation in (
       select c.operation from ${schema}._device_claim c where c.at < $1 order by c.at for update skip locked limit 20)`,
    [new Date(scene.now.getTime() - claimsMs)],
  );
  await tx.query(
    `insert into ${schema}._device_claim (operation, device, entity, record, at) values ($1, $2, $3, $4, $5)`,
    [scene.operation, device, anchor, subject.record, scene.now],
  );
}

/** What was claimed in an operation is confirmed. */
export async function confirmDevice(tx: Connection, scene: Scene, operation: string): Promise<void> {
  const { rows } = await tx.query(
    `delete from ${scene.workspace.schema}._device_claim where operation = $1 returning device, entity, record`,
    [operation],
  );
  const [claim] = rows as { device: string; entity: string; record: string }[];
  const entity = claim && [...scene.model.entities.values()].find(({ anchor }) => anchor === claim.entity);
  if (claim && entity) await identify(tx, scene, claim.device, { entity: entity.name, record: claim.record });
}

/**
 * It is proved who is at a browser: what it has seen before, and belongs to nobody yet, is hers. Where it was somebody
 * else's until now, a new time begins: what was seen by the one stays hers, and the two are never made one.
 */
async function identify(tx: Connection, scene: Scene, device: string, subject: Subject): Promise<void> {
  const { schema } = scene.workspace;
  const anchor = scene.model.entities.get(subject.entity)?.anchor;
  const { rows } = await tx.query(`select record from ${schema}._device where device = $1 for update`, [device]);
  const [known] = rows as { record: string }[];
  await tx.query(
    `insert into ${schema}._device as d (device, entity, record, since) values ($1, $2, $3, $4)
     on conflict (device) do update set entity = excluded.entity, record = excluded.record, since = excluded.since
       where d.record <> excluded.record`,
    [device, anchor, subject.record, scene.now],
  );
  if (!known || known.record === subject.record) await attachFacts(tx, scene, { device }, subject);
}

const isObject = (given: unknown): given is Record<string, unknown> =>
  typeof given === "object" && given !== null && !Array.isArray(given);

/** Refuses what comes from pages that are none of the workspace's. */
export function fromOwnSite(workspace: Workspace, from: string | undefined, own: string): void {
  if (from !== own && !(from !== undefined && sitesOf(workspace).has(from))) throw problem("visit.origin", {});
}
