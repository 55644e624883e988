import type { Asking, Client } from "./client.ts";
import { contact } from "./documents.ts";
import type { Dialect, Operation, Worker } from "./pairs.ts";
import { contactId, dealId, publish, type TwoServers } from "./two-servers.ts";

type Both = Readonly<Record<Dialect, Asking>>;

const get = (product: string, byHand: string): Both => ({
  product: { method: "GET", path: `/api/records/${product}` },
  "by hand": { method: "GET", path: `/${byHand}` },
});

/** The rep reads rows of odd numbers. */
const mine = (n: number) => n * 2 + 1;

const filter = encodeURIComponent("industry == 'retail' && score >= 10");
const listed = { product: `contact?filter=${filter}&sort=-created_at`, byHand: "contact?industry=retail&score=10" };
const aggregate = {
  method: "POST",
  path: "/api/records/deal/aggregate",
  body: JSON.stringify({ group: ["stage"], measures: { n: "count()", amount: "sum(amount.amount)" }, sort: "stage" }),
};

/** What both are asked, so that it can be seen that they answer alike. */
export const questions: Readonly<Record<string, Both>> = {
  "get by id": get(`contact/${contactId(7)}`, `contact/${contactId(7)}`),
  "get, one relation expanded": get(`contact/${contactId(7)}?expand=company`, `contact/${contactId(7)}?expand=company`),
  "list of 50": get(listed.product, listed.byHand),
  "list of 50, one relation expanded": get(`${listed.product}&expand=company`, `${listed.byHand}&expand=company`),
  "search contains": get("contact?search=abc1&sort=-created_at", "contact?search=abc1"),
  "aggregate by stage": { product: aggregate, "by hand": { method: "GET", path: "/deals-by-stage" } },
};

/** A new contact that both make; what tells such contacts apart is left out. */
export const creation = (): Both => {
  const body = JSON.stringify({ ...newContact(0), external_id: null });
  return {
    product: { method: "POST", path: "/api/records/contact", body },
    "by hand": { method: "POST", path: "/contact", body },
  };
};

/** Everything that is measured, in the order in which it is done: what grows the tables comes last. */
export async function operationsOn(both: TwoServers): Promise<readonly Operation[]> {
  return [
    ...(await readsOn(both)),
    { title: "patch", goal: 0.9, worker: patching(both) },
    { title: "event", goal: 0.9, worker: moving(both) },
    { title: "create", goal: 0.9, worker: creating((body) => JSON.stringify(body(0)), 1) },
    {
      title: "bulk create of 1000",
      goal: 0.6,
      times: 16,
      pieces: 1000,
      worker: creating((body) => JSON.stringify(Array.from({ length: 1000 }, (_, n) => body(n))), 1000),
    },
    { title: "import of 5000 rows", goal: 0.6, times: 1, alone: true, pieces: 5000, worker: importing },
    { title: "publish of a new field", times: 1, alone: true, worker: publishing(both) },
  ];
}

/** What is measured and changes nothing. `readers` are those who ask the product: a cursor is good for its reader alone. */
export async function readsOn(
  both: TwoServers,
  readers: readonly Client[] = [both.ask.product],
): Promise<readonly Operation[]> {
  const { contacts } = both;
  const asks = (title: string, goal: number, of: (n: number, client: Client) => Both): Operation => ({
    title,
    goal,
    worker: ({ client, dialect }, number) => {
      let n = number;
      return async () => void (await client.ask(of((n += 97), client)[dialect]));
    },
  });
  const always = (title: string, goal: number, named: string) => asks(title, goal, () => questions[named]!);
  const point = (n: number, more = "") => {
    const path = `contact/${contactId(mine(n) % contacts)}${more}`;
    return get(path, path);
  };
  const depth = Math.min(50_000, Math.floor(contacts / 8));
  const deep = new Map<Client, Both>();
  for (const reader of readers) deep.set(reader, await deepPages(reader, depth));
  return [
    asks("get by id", 0.9, (n) => point(n)),
    always("list of 50, two filters, sorted", 1.2, "list of 50"),
    asks(`the same at depth ${depth} by cursor`, 1.2, (_, client) => (deep.get(client) ?? deep.get(readers[0]!))!),
    asks("get, one relation expanded", 1.2, (n) => point(n, "?expand=company")),
    always("list, one relation expanded", 1.2, "list of 50, one relation expanded"),
    asks("search contains", 0.9, (n) => {
      const words = (4096 + (n % 50_000)).toString(16);
      return get(`contact?search=${words}&sort=-created_at`, `contact?search=${words}`);
    }),
    always("aggregate by stage", 0.9, "aggregate by stage"),
  ];
}

/** Pages far down the list, found by walking there. */
async function deepPages(reader: Client, depth: number): Promise<Both> {
  const last: Record<string, { id: string; created_at: string }> = {};
  let next = "";
  for (let seen = 0; seen < depth; seen += 500) {
    const more = next === "" ? "" : `&cursor=${next}`;
    const { text } = await reader.ask(get(`${listed.product}&fields=created_at&limit=500${more}`, "").product);
    const page = JSON.parse(text);
    next = page.next;
    last.row = page.items.at(-1);
  }
  const byHand = Buffer.from(JSON.stringify([last.row!.created_at, last.row!.id])).toString("base64url");
  return get(`${listed.product}&cursor=${next}`, `${listed.byHand}&cursor=${byHand}`);
}

/** Each worker of each side has a record of its own and knows its version. */
function patching({ contacts }: TwoServers): Operation["worker"] {
  return ({ client, dialect }, number) => {
    const id = contactId(mine(number * 2 + (dialect === "product" ? 0 : 1)) % contacts);
    const path = dialect === "product" ? `/api/records/contact/${id}` : `/contact/${id}`;
    let etag: string | undefined;
    let n = 0;
    return async () => {
      etag ??= String((await client.ask({ method: "GET", path })).headers.etag);
      const body = JSON.stringify({ city: `City ${(n += 1)}`, score: n % 100 });
      const answer = await client.ask({ method: "PATCH", path, body, headers: { "if-match": etag } });
      etag = String(answer.headers.etag);
    };
  };
}

/** Deals go one state on and back again. */
function moving({ deals, pool }: TwoServers): Operation["worker"] {
  return ({ client, dialect }, number) => {
    const id = dealId(mine(number * 2 + (dialect === "product" ? 0 : 1)) % deals);
    const path = dialect === "product" ? `/api/records/deal/${id}/events` : `/deal/${id}/events`;
    let stage: string | undefined;
    return async () => {
      stage ??= (await pool.query("select stage from ws_main.deal where id = $1", [id])).rows[0].stage;
      const type = stage === "open" ? "deal.advance" : "deal.back";
      await client.ask({ method: "POST", path, body: JSON.stringify({ type }) });
      stage = stage === "open" ? "offered" : "open";
    };
  };
}

let made = 0;

function creating(bodyOf: (of: (n: number) => object) => string, each: number): Operation["worker"] {
  return ({ client, dialect }) => {
    const path = dialect === "product" ? "/api/records/contact" : "/contact";
    return async () => {
      const from = (made += each);
      await client.ask({ method: "POST", path, body: bodyOf((n) => newContact(from - n)) });
    };
  };
}

const newContact = (n: number) => ({
  name: `New contact ${n}`,
  external_id: `N-${n}`,
  email: `n${n}@example.com`,
  phone: `+81 6 ${n}`,
  company: contactId(n % 1000).replace("0003", "0002"),
  city: `City ${n % 50}`,
  industry: n % 2 === 0 ? "retail" : "health",
  score: n % 101,
  born: "1990-05-06",
});

function importing({ client, dialect }: Parameters<Operation["worker"]>[0]): Worker {
  const columns = ["name", "external_id", "email", "phone", "company", "city", "industry", "score", "born"] as const;
  const file = () => {
    const lines = Array.from({ length: 5000 }, () => {
      const record = newContact((made += 1));
      return columns.map((name) => record[name]).join(",");
    });
    return [columns.join(","), ...lines, ""].join("\n");
  };
  const plan = {
    entity: "contact",
    match: ["external_id"],
    columns: Object.fromEntries(columns.map((name) => [name, name === "company" ? { to: name, match: "id" } : name])),
  };
  return async () => {
    const { body, type } = form({ file: file(), plan: JSON.stringify(plan) });
    const headers = { "content-type": type };
    const path = dialect === "product" ? "/api/imports" : "/import";
    const { text } = await client.ask({ method: "POST", path, body, headers });
    if (dialect === "product") await imported(client, JSON.parse(text).id);
  };
}

/** Between two looks at an import: looks are work for the product that the other side does not have. */
const lookMs = 25;

async function imported(client: Client, id: string): Promise<void> {
  for (;;) {
    const { text } = await client.ask({ method: "GET", path: `/api/imports/${id}` });
    const { status, created, problems } = JSON.parse(text);
    if (status === "done" && created === 5000) return;
    if (!["queued", "running"].includes(status))
      throw new Error(`The import is ${status}: ${JSON.stringify(problems)}`);
    await new Promise((done) => setTimeout(done, lookMs));
  }
}

/** A form as browsers send it, with one file. */
export function form(parts: Readonly<Record<string, string>>) {
  const border = "a border that stands nowhere else";
  const each = Object.entries(parts).map(([name, value]) => {
    const more = name === "file" ? '; filename="contacts.csv"' : "";
    return `--${border}\r\ncontent-disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
  });
  return { body: `${each.join("")}--${border}--\r\n`, type: `multipart/form-data; boundary="${border}"` };
}

/** Publishing against the migration of one column with its index. */
function publishing({ admin }: TwoServers): Operation["worker"] {
  const more: Parameters<typeof contact>[0] & {} = {};
  return ({ client, dialect }): Worker =>
    async () => {
      const field = `extra${(made += 1)}`;
      if (dialect === "by hand") return void (await client.ask({ method: "POST", path: `/migrate/by_hand_${field}` }));
      Object.assign(more, { [field]: { $anchor: `fld_${field}`, field: "text", title: field } });
      await publish(admin, [contact({ ...more })]);
    };
}
