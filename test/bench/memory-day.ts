import { get as listen } from "node:http";
import { Client, type Asking } from "./client.ts";
import { contact } from "./documents.ts";
import { form } from "./operations.ts";
import { env, publish, signIn } from "./two-servers.ts";

/** Everything that a working day has: who asks, of what, and the numbers from which ever new questions are made. */
export interface Day {
  readonly address: string;
  readonly admin: Client;
  readonly people: readonly Client[];
  /** Ids of contacts and deals; the oldest give way to new ones. */
  readonly contacts: string[];
  readonly deals: string[];
  /** The next number that nobody has had. */
  readonly next: () => number;
}

/** One thing that somebody does. Throws where the product does not answer as it must. */
type Deed = (day: Day) => Promise<unknown>;

const recordsMost = 5000;
export const password = "correct horse battery";

const some = <Value>(values: readonly Value[], n: number): Value => values[(n * 7919) % values.length]!;
const somebody = (day: Day) => some(day.people, day.next());
const at = (day: Day) => `/api/records/contact/${some(day.contacts, day.next())}`;
const address = (path: string, query: Readonly<Record<string, string>>) =>
  `${path}?${new URLSearchParams(query).toString()}`;
const json = async (asked: Promise<{ readonly text: string }>) => JSON.parse((await asked).text);
const post = (path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Asking => ({
  method: "POST",
  path,
  body: JSON.stringify(body),
  headers,
});
const get = (path: string): Asking => ({ method: "GET", path });

/** What is refused is done when it has been. */
async function refused(asked: Promise<unknown>): Promise<void> {
  const answer = await asked.then(
    () => "answered",
    (error: Error) => (/ answered 4\d\d: /.test(error.message) ? undefined : error.message),
  );
  if (answer !== undefined) throw new Error(`A request that must be refused was not: ${answer}`);
}

/** Who comes too late is told so: both answers are right. */
async function unless(code: string, asked: Promise<unknown>): Promise<void> {
  await asked.catch((error: Error) => {
    if (!error.message.includes(`"${code}"`)) throw error;
  });
}

function keep(ids: string[], id: string): void {
  ids.push(id);
  if (ids.length > recordsMost) ids.shift();
}

const newContact = (n: number) => ({ name: `Person ${n}`, external_id: `N-${n}`, email: `n${n}@example.com` });

async function list(day: Day): Promise<void> {
  const n = day.next();
  const fields = ["email", "phone", "city", "score", "born", "industry"].filter((_, bit) => (n >> bit) & 1);
  const query = {
    filter: some([`score >= ${n % 90} || name == 'Person ${n}'`, `city != 'City ${n}'`, `email != 'e${n}@x.y'`], n),
    sort: some(["-created_at", "name", "-score,name", "born"], n),
    ...(fields.length > 0 ? { fields: ["name", ...fields].join() } : {}),
    limit: String(5 + (n % 20)),
  };
  const asker = somebody(day);
  const path = "/api/records/contact";
  const { next } = await json(asker.ask(get(address(path, query))));
  if (next) await unless("cursor.stale", asker.ask(get(address(path, { ...query, cursor: next }))));
}

async function create(day: Day): Promise<void> {
  const n = day.next();
  const asker = somebody(day);
  const { id } = await json(asker.ask(post("/api/records/contact", newContact(n), { "idempotency-key": `key-${n}` })));
  keep(day.contacts, id);
  const values = { title: `Deal ${n}`, contact: id, amount: { amount: String(n % 5000), currency: "USD" } };
  keep(day.deals, (await json(asker.ask(post("/api/records/deal", values)))).id);
}

async function patch(day: Day): Promise<void> {
  const path = at(day);
  const asker = somebody(day);
  const { version } = await json(asker.ask(get(path)));
  const body = JSON.stringify({ city: `City ${day.next()}`, score: day.next() % 100 });
  await unless("record.stale", asker.ask({ method: "PATCH", path, body, headers: { "if-match": `"${version}"` } }));
}

async function move(day: Day): Promise<void> {
  const path = `/api/records/deal/${some(day.deals, day.next())}/events`;
  const asker = somebody(day);
  const offers: { type: string }[] = await json(asker.ask(get(path)));
  const event = offers.find(({ type }) => type !== "deal.win");
  if (event) await asker.ask(post(path, { type: event.type })).catch(() => undefined);
}

async function several(day: Day): Promise<void> {
  const asker = somebody(day);
  const body = Array.from({ length: 20 }, () => newContact(day.next()));
  const { headers } = await asker.ask(post("/api/records/contact", body));
  await asker.ask(post(`/api/operations/${String(headers["trellis-operation"])}/undo`, {}));
}

async function upload(day: Day): Promise<void> {
  const lines = Array.from({ length: 50 }, () => `Row ${day.next()},R-${day.next()}`);
  const plan = { entity: "contact", columns: { name: "name", external_id: "external_id" } };
  const { body, type } = form({ file: ["name,external_id", ...lines].join("\n"), plan: JSON.stringify(plan) });
  await day.admin.ask({ method: "POST", path: "/api/imports", body, headers: { "content-type": type } });
}

async function publishing(day: Day): Promise<void> {
  const n = day.next();
  const field = { $anchor: "fld_more", field: "text" as const, title: `More ${n}`, maxLength: 100 + (n % 100) };
  await publish(day.admin, [contact({ more: field })]);
}

/** Listens until the first word, and goes. */
async function listening(day: Day): Promise<void> {
  const headers = somebody(day).headers;
  await new Promise<void>((done, failed) => {
    const asked = listen(`${day.address}/api/live`, { headers }, (answer) => {
      answer.once("data", () => {
        asked.destroy();
        done();
      });
      answer.on("error", () => undefined);
    });
    asked.on("error", failed);
  });
}

async function signingIn(day: Day): Promise<void> {
  const n = day.next();
  await refused(signIn(day.address, env.TRELLIS_ADMIN_EMAIL, `wrong ${n}`));
  const client = await signIn(day.address);
  await client.ask(get("/api/model"));
  await client.ask(post("/api/auth/sign-out", {}));
  client.close();
}

async function keyed(day: Day): Promise<void> {
  const { id, key } = await json(day.admin.ask(post("/api/keys", { name: `Key ${day.next()}` })));
  const client = new Client(day.address, { authorization: `Bearer ${key}` });
  await client.ask(get(at(day)));
  await day.admin.ask({ method: "DELETE", path: `/api/keys/${id}` });
  await refused(client.ask(get(at(day))));
  client.close();
}

async function viewing(day: Day): Promise<void> {
  const asker = somebody(day);
  const n = day.next();
  const view = { entity: "contact", title: `View ${n}`, type: "table", filter: { cel: `score > ${n % 100}` } };
  const { id } = await json(asker.ask(post("/api/views", view)));
  await asker.ask({ method: "DELETE", path: `/api/views/${id}` });
}

async function refusals(day: Day): Promise<void> {
  const n = day.next();
  const asker = somebody(day);
  const stranger = new Client(day.address, { authorization: `Bearer trl_${n}` });
  const odd: readonly (readonly [Client, Asking])[] = [
    [asker, get(`/api/records/contact/01900000-0000-7000-8000-${n.toString(16).padStart(12, "0")}`)],
    [asker, get(`/api/records/unknown_${n}`)],
    [asker, get(`/api/nowhere/${n}`)],
    [asker, get(address("/api/records/contact", { filter: `nothing_${n} == 1` }))],
    [asker, get(address("/api/records/contact", { sort: `nothing_${n}` }))],
    [asker, get(address("/api/records/contact", { cursor: `cursor${n}` }))],
    [asker, post("/api/records/contact", { name: "", [`field_${n}`]: 1 }, { "idempotency-key": `odd-${n}` })],
    [asker, { method: "POST", path: "/api/records/contact", body: `{"name": ${n}` }],
    [asker, post("/api/records/deal/aggregate", { measures: { [`m${n}`]: `sum(nothing_${n})` } })],
    [asker, get(`/api/documents/entity/contact`)],
    [stranger, get("/api/model")],
  ];
  const [client, asking] = some(odd, n);
  await refused(client.ask(asking));
  stranger.close();
}

/** What is done, and how often among all of it. */
const mix: readonly (readonly [times: number, deed: Deed])[] = [
  [150, (day) => somebody(day).ask(get(at(day)))],
  [30, (day) => somebody(day).ask(get(address(at(day), { expand: "company,owner" })))],
  [80, list],
  [30, (day) => somebody(day).ask(get(address("/api/records/contact", { search: `Person ${day.next()}` })))],
  [10, (day) => somebody(day).ask(get(address("/api/search", { q: `person ${day.next()}` })))],
  [
    20,
    (day) => {
      const [n, by] = [day.next(), some(["month", "quarter", "year"], day.next())];
      const group = n % 2 ? ["stage"] : [{ field: "close_date", by }];
      const measures = { [`n${n % 50}`]: "count()", most: "max(amount.amount)" };
      return somebody(day).ask(
        post("/api/records/deal/aggregate", { group, measures, filter: `title != 'Deal ${n}'`, having: `most > ${n}` }),
      );
    },
  ],
  [
    10,
    (day) =>
      somebody(day).ask(
        post("/api/records/contact/facets", { fields: ["industry", "city"], filter: `score < ${day.next()}` }),
      ),
  ],
  [40, create],
  [50, patch],
  [30, move],
  [3, several],
  [20, (day) => somebody(day).ask(get(`${at(day)}/${some(["history", "timeline", "access"], day.next())}`))],
  [10, (day) => somebody(day).ask(get(some(["/api/model", "/api/notifications", "/api/operations"], day.next())))],
  [2, (day) => somebody(day).ask(get("/api/openapi.json"))],
  [5, (day) => somebody(day).ask(post(`${at(day)}/presence`, { tab: `tab-${day.next()}-here` }))],
  [60, refusals],
  [5, listening],
  [5, viewing],
  [1, signingIn],
  [2, keyed],
];
const turns = mix.flatMap(([times, deed]) => Array.from({ length: times }, () => deed));

/** What is done about twice an hour, and once. */
export const seldom: Readonly<Record<"import" | "export" | "publish", Deed>> = {
  import: upload,
  export: (day) => day.admin.ask(post("/api/exports", { entity: "contact", filter: `score < ${day.next() % 100}` })),
  publish: publishing,
};

/** The next thing that somebody does, by the mix. */
export const doSomething: Deed = (day) => some(turns, day.next())(day);
