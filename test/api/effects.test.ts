import type { Action, WorkflowDocument } from "schemas";
import { publish } from "../../runtime/store/publish.ts";
import { proofOf } from "../../runtime/carriers/http-call.ts";
import type { Binding } from "../../runtime/store/connections.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { carried, parcel, parcelDocuments, sent } from "../fixtures/parcels.ts";
import { receiver, type Receiver } from "../fixtures/receiver.ts";
import { settled } from "../fixtures/stones.ts";
import { world, type World } from "../world.ts";

let w: World;
let there: Receiver;

const call = (params: object): Action => ({ type: "http.call", params: { connection: "carrier", ...params } });
const book = (params: object = {}) =>
  call({
    name: "book",
    method: "POST",
    url: { cel: "'/bookings/' + record.name" },
    headers: { "X-Depot": "north" },
    body: { name: { cel: "record.name" }, weight: { cel: "record.weight" } },
    keep: { booking: "/booking/id" },
    repeats: "idempotent",
    ...params,
  });

beforeAll(async () => {
  there = await receiver();
  w = await world({
    documents: [
      // Whoever is at the depot mends what is hers; what a parcel is called is hidden from her.
      {
        $schema: "urn:trellis:role:1",
        $id: "depot",
        $anchor: "role_depot",
        title: "Depot",
        entities: { parcel: { create: "all", read: "all", bypass: "own", fields: { name: { read: "none" } } } },
      },
      {
        $schema: "urn:trellis:workflow:1",
        id: "survey",
        initial: "start",
        states: {
          start: {
            entry: [book({ name: "survey", tries: 1 })],
            on: { "http.call.done": [{ target: "ended", meta: { id: "tr_ended", title: "Surveyed" } }] },
            meta: { id: "st_start", title: "Asked" },
          },
          ended: { type: "final", meta: { id: "st_ended", title: "Surveyed" } },
        },
        meta: { id: "wf_survey", title: "Survey", format: "wf/1", kind: "process", entity: "parcel", events: {} },
      } as unknown as WorkflowDocument,
      ...parcelDocuments(`${there.url}/v1`, {
        book: [book()],
        mark: [book(), { type: "record.update", params: { set: { weight: 9 } } }],
        blind: [book({ repeats: "unsafe" })],
        check: [book({ repeats: "check_then_act", check: { cel: "'/bookings/' + record.name" } })],
        handle: [book({ name: "handled", tries: 1 })],
        once: [book({ tries: 1 })],
        elsewhere: [call({ name: "elsewhere", method: "GET", url: "/../secrets" })],
        bare: [{ type: "http.call", params: { name: "bare", method: "GET", url: `${there.url}/open` } }],
        both: [
          book({ name: "first", undo: { method: "DELETE", url: "/bookings/{/booking/id}" } }),
          book({ name: "second", undo: { method: "DELETE", url: "/bookings/{/booking/id}" } }),
        ],
        undo: [{ type: "compensate", params: {} }],
      }),
    ],
  });
  const bound = await w.admin.send("PUT", "/api/connections/carrier", { body: { secret: "token-of-ours" } });
  expect(bound.status, bound.text).toBe(201);
  expect(bound.json).not.toHaveProperty("secret");
});
beforeEach(async () => {
  there.received.length = 0;
  there.answer = (_, response) =>
    void response.setHeader("content-type", "application/json").end(JSON.stringify({ booking: { id: "B 1" } }));
  await w.sql("delete from {ws}._circuit");
});
afterAll(async () => {
  await there.close();
  await w.close();
});

const refuse = (status: number) => {
  there.answer = (_, response) => void response.writeHead(status).end("nothing of this is told");
};
const stands = async (id: string) => (await w.admin.get(`/api/records/parcel/${id}`)).json;
const effectsOf = (id: string) =>
  w.sql("select key, status, attempts, error, answer, output from {ws}._effect where record = $1 order by id", [id]);
const incidentsOf = async (id: string, status = "open") =>
  (await w.admin.get(`/api/incidents?record=${id}&status=${status}`)).json.items;
const later = async (seconds: number) => {
  w.clock.advance(seconds * 1000);
  return carried(w);
};

describe("a call of another system", () => {
  test("goes after the step under its own key, by its connection, and comes back as an event with what is kept", async () => {
    const id = await parcel(w, { name: "Anchor", weight: 5 });
    expect((await sent(w, id, "book")).json.stage).toBe("open");
    expect(there.received).toEqual([]);
    const [{ key }] = await effectsOf(id);
    expect(key).toMatch(/^[0-9a-f-]{36}:2:0$/);
    expect(await carried(w)).toBe(1);
    const [{ method, path, headers, body }] = there.received as [any];
    expect([method, path, JSON.parse(body)]).toEqual(["POST", "/v1/bookings/Anchor", { name: "Anchor", weight: "5" }]);
    expect(headers).toMatchObject({
      "idempotency-key": key,
      authorization: "Bearer token-of-ours",
      "x-depot": "north",
      "content-type": "application/json",
    });
    expect(await stands(id)).toMatchObject({ stage: "booked", number: "B 1" });
    const story = (await w.admin.get(`/api/records/parcel/${id}/run`)).json;
    expect(story.steps[0].cause.type).toBe("http.call.done");
  });

  test("is not sent by a person in its name", async () => {
    const id = await parcel(w);
    const forged = await w.admin.post(`/api/records/parcel/${id}/events`, {
      type: "http.call.done",
      data: { name: "book" },
    });
    expect([forged.status, forged.json.code]).toEqual([400, "event.unknown"]);
    expect((await stands(id)).stage).toBe("open");
  });

  test("is tried again under the same key, later each time, and is told once", async () => {
    refuse(500);
    const id = await parcel(w);
    await sent(w, id, "book");
    expect(await carried(w)).toBe(1);
    expect(await carried(w)).toBe(0);
    expect(await later(3)).toBe(1);
    expect(await later(3)).toBe(0);
    there.answer = (_, response) => void response.end();
    expect(await later(8)).toBe(1);
    expect(new Set(there.received.map(({ headers }) => headers["idempotency-key"])).size).toBe(1);
    expect(await stands(id)).toMatchObject({ stage: "booked", number: null });
    expect(await incidentsOf(id)).toEqual([]);
  });

  test("that is undone before it went never goes, and done again it has a key of its own", async () => {
    const id = await parcel(w);
    const moved = await sent(w, id, "mark");
    const undone = await w.admin.post(`/api/operations/${moved.headers.get("trellis-operation")}/undo`, {});
    expect(undone.status, undone.text).toBe(200);
    expect(await carried(w)).toBe(0);
    await sent(w, id, "mark");
    await carried(w);
    const [first, second] = await effectsOf(id);
    expect([first.status, first.error, second.status]).toEqual(["skipped", "undone", "delivered"]);
    expect(there.received.map(({ headers }) => headers["idempotency-key"])).toEqual([second.key]);
    expect(second.key).not.toBe(first.key);
  });

  test("of a process that is undone never goes, and nothing is left of what had stopped in it", async () => {
    const id = await parcel(w);
    const begun = async () => {
      const answer = await w.admin.post(`/api/records/parcel/${id}/runs`, { workflow: "survey" });
      expect(answer.status, answer.text).toBe(201);
      return answer.headers.get("trellis-operation");
    };
    const undone = async (operation: string | null) => {
      const answer = await w.admin.post(`/api/operations/${operation}/undo`, {});
      expect(answer.status, answer.text).toBe(200);
    };
    await undone(await begun());
    expect(await carried(w)).toBe(0);
    refuse(400);
    const operation = await begun();
    expect(await carried(w)).toBe(1);
    expect(await incidentsOf(id)).toMatchObject([{ title: "survey", workflow: { title: "Survey" } }]);
    await undone(operation);
    for (const table of ["_incident", "_inbox"])
      expect(
        await w.sql(`select 1 from {ws}.${table} i where not exists (select from {ws}._run r where r.id = i.run)`),
      ).toEqual([]);
  });

  test("proves itself as the header of its secret wants it", () => {
    const binding = { secrets: ["k"] } as unknown as Binding;
    const proofs = [{}, { header: "Authorization", scheme: "Token" }, { header: "X-Api-Key" }, { scheme: "" }].map(
      (it) => proofOf(it, binding),
    );
    expect(proofs).toEqual([
      { authorization: "Bearer k" },
      { authorization: "Token k" },
      { "x-api-key": "k" },
      { authorization: "k" },
    ]);
  });

  test("stands among what goes to its connection, and is mended as an incident alone", async () => {
    refuse(400);
    const id = await parcel(w);
    await sent(w, id, "once");
    await carried(w);
    const listed = (await w.admin.get("/api/connections/carrier/deliveries?status=failed")).json.items;
    const one = listed.find((it: any) => it.record === id);
    expect(one).toMatchObject({ kind: "http.call", type: "book", answer: 400 });
    const replayed = await w.admin.post(`/api/connections/carrier/deliveries/${one.id}/replay`);
    expect([replayed.status, replayed.json.code]).toEqual([404, "delivery.missing"]);
  });

  test("takes no secret in the place of what the engine writes itself", async () => {
    const change = (await w.admin.post("/api/changes", { reason: "Header" })).json.id;
    const document = (await w.admin.get("/api/documents/connection/carrier")).json;
    const checked = async (header: string) => {
      const path = `/api/documents/connection/carrier?change=${change}`;
      await w.admin.send("PUT", path, { body: { ...document, header } });
      return (await w.admin.post(`/api/changes/${change}/check`, {})).json.problems.map(({ code }: any) => code);
    };
    for (const header of ["Host", "idempotency-key", "Content-Type"])
      expect([header, await checked(header)]).toEqual([header, ["connection.header"]]);
    expect(await checked("x-api-key")).toEqual([]);
    const turned = await w.admin.post("/api/connections/carrier/secret");
    expect([turned.status, turned.json.code]).toEqual([409, "connection.secret_given"]);
  });

  test("does not leave the address of its connection with its secret, and without one bears none", async () => {
    const id = await parcel(w);
    await sent(w, id, "elsewhere");
    await carried(w);
    expect(there.received).toEqual([]);
    expect(await incidentsOf(id)).toMatchObject([{ title: "elsewhere", error: "address" }]);
    const other = await parcel(w);
    await sent(w, other, "bare");
    await carried(w);
    expect(there.received.map(({ path, headers }) => [path, headers.authorization])).toEqual([["/open", undefined]]);
  });
});

describe("where nobody knows whether it was done", () => {
  const cut = () => {
    there.answer = (_, response) => void response.socket?.destroy();
  };

  test("what must not be repeated waits for a person, and only her word repeats it", async () => {
    cut();
    const id = await parcel(w);
    await sent(w, id, "blind");
    expect(await carried(w)).toBe(1);
    expect(await later(100_000)).toBe(0);
    const [incident] = await incidentsOf(id);
    expect(incident).toMatchObject({
      kind: "effect",
      error: "unknown",
      stands: { key: "open", title: "Open" },
      effect: { repeats: "unsafe", uncertain: true, attempts: 1 },
    });
    there.answer = (_, response) => void response.end();
    const retried = await w.admin.post(`/api/incidents/${incident.id}/retry`);
    expect(retried.status, retried.text).toBe(204);
    expect(await carried(w)).toBe(1);
    expect((await stands(id)).stage).toBe("booked");
    const again = await w.admin.post(`/api/incidents/${incident.id}/retry`);
    expect([again.status, again.json.code]).toEqual([409, "incident.closed"]);
  });

  test("what was left behind by a worker that died is blind as well, and told as unknown without a try", async () => {
    const id = await parcel(w);
    await sent(w, id, "blind");
    await w.sql(
      "update {ws}._effect set lease_until = clock_timestamp() - interval '1 s', attempts = 1 where record = $1",
      [id],
    );
    await carried(w);
    expect(there.received).toEqual([]);
    expect(await incidentsOf(id)).toMatchObject([{ error: "unknown" }]);
  });

  test("what can be looked up is looked up, and done only where it is not there", async () => {
    cut();
    const id = await parcel(w, { name: "Looked" });
    await sent(w, id, "check");
    await carried(w);
    refuse(404);
    there.answer = ({ method }, response) => void response.writeHead(method === "GET" ? 404 : 201).end();
    expect(await later(5)).toBe(1);
    expect(there.received.map(({ method }) => method)).toEqual(["POST", "GET", "POST"]);
    expect((await stands(id)).stage).toBe("booked");
    cut();
    const other = await parcel(w);
    await sent(w, other, "check");
    await carried(w);
    there.answer = (_, response) => void response.end();
    there.received.length = 0;
    await later(5);
    expect(there.received.map(({ method }) => method)).toEqual(["GET"]);
    expect((await stands(other)).stage).toBe("booked");
  });
});

describe("what has failed for good", () => {
  const failed = async (event: string) => {
    refuse(400);
    const id = await parcel(w);
    await sent(w, id, event);
    await carried(w);
    return id;
  };

  test("goes on as its workflow says, where it does", async () => {
    const id = await failed("handle");
    expect((await stands(id)).stage).toBe("failed");
    expect(await incidentsOf(id)).toEqual([]);
  });

  test("is left out by a person with an output of hers, or gone around", async () => {
    const id = await failed("once");
    const [incident] = await incidentsOf(id);
    expect(incident).toMatchObject({ title: "book", error: "refused", effect: { answer: 400, circuit: "closed" } });
    expect(JSON.stringify(incident)).not.toContain("nothing of this");
    const output = { booking: { id: "by hand" } };
    expect((await w.admin.post(`/api/incidents/${incident.id}/skip`, { output })).status).toBe(204);
    await carried(w);
    expect(await stands(id)).toMatchObject({ stage: "booked", number: "by hand" });
    expect(await incidentsOf(id, "all")).toMatchObject([{ status: "skipped", closed: { by: { name: "Ada" } } }]);

    const other = await failed("once");
    const [second] = await incidentsOf(other);
    const wrong = await w.admin.post(`/api/incidents/${second.id}/move`, { state: "bokked" });
    expect([wrong.status, wrong.json.problems[0].hint]).toEqual([422, "booked"]);
    expect((await w.admin.post(`/api/incidents/${second.id}/move`, { state: "booked" })).status).toBe(204);
    expect(await carried(w)).toBe(0);
    expect(await stands(other)).toMatchObject({ stage: "booked", number: null });
  });

  test("is shown to those who see the record and may put it anywhere, and to nobody else", async () => {
    const id = await failed("once");
    const [incident] = await incidentsOf(id);
    const member = await w.user("Mo", { roles: [] });
    expect((await member.get(`/api/incidents?record=${id}`)).json.items).toEqual([]);
    for (const act of ["retry", "skip", "move"]) {
      const answer = await member.post(`/api/incidents/${incident.id}/${act}`, act === "move" ? { state: "open" } : {});
      expect([act, answer.status, answer.json.code]).toEqual([act, 404, "incident.missing"]);
    }
    const asked = await w.admin.get("/api/incidents?status=lost&record=x&cursor=y&limit=5");
    expect(asked.json.problems.map(({ path }: any) => path)).toEqual(["/limit", "/status", "/record", "/cursor"]);
  });

  test("is asked for and mended in words that are understood, or nothing is done", async () => {
    const id = await failed("once");
    const [incident] = await incidentsOf(id);
    const at = `/api/incidents/${incident.id}`;
    const long = "x".repeat(300_000);
    for (const [path, body, status, place] of [
      [`${at}/skip`, { output: long }, 422, "/output"],
      [`${at}/skip`, { output: "\0" }, 422, "/output"],
      [`${at}/skip`, { otuput: 1 }, 422, "/otuput"],
      [`${at}/move`, {}, 422, "/state"],
      [`${at}/move`, { state: long }, 422, "/state"],
      [`${at}/move`, { state: "constructor" }, 422, "/state"],
      [`${at}/move`, { state: "booked", set: 1 }, 422, "/set"],
      [`/api/incidents/${id}/retry`, {}, 404, ""],
      ["/api/incidents/nonsense/retry", {}, 404, ""],
      ["/api/incidents/%00/retry", {}, 400, ""],
    ] as const) {
      const answer = await w.admin.post(path, body);
      expect([path, answer.status, answer.json.problems[0].path]).toEqual([path, status, place]);
      expect(answer.text.length).toBeLessThan(1000);
    }
    expect((await w.admin.get("/api/incidents?workflow=%00")).json.code).toBe("address.not_text");
    expect((await w.nobody.get("/api/incidents")).status).toBe(401);
    expect(await incidentsOf(id)).toEqual([incident]);
    expect((await stands(id)).stage).toBe("open");
  });

  test("is paged over what others have, of which a page tells nothing", async () => {
    const mender = await w.user("Dee", { roles: ["depot"] });
    const [first, other, last] = [await failed("once"), await failed("once"), await failed("once")];
    await w.sql("update {ws}.parcel set owner = $1 where id = any($2::uuid[])", [mender.id, [first, last]]);
    const copied = `insert into {ws}._incident (id, kind, source, run, record, state, title, error, at, status)
      select gen_random_uuid(), kind, source || n, run, record, state, title, error, at, status
      from {ws}._incident, generate_series(1, $2) as n where record = $1 and status = 'open'`;
    await w.sql(copied, [other, 60]);
    const page = (await mender.get("/api/incidents")).json;
    expect(page.items.map(({ record }: any) => record)).toEqual(
      [last, first].map((id) => ({ entity: "parcel", id, name: null })),
    );
    expect(page.next).toBe(null);
    expect((await mender.get(`/api/incidents?record=${other}`)).json.items).toEqual([]);
    const [theirs] = await incidentsOf(other);
    expect((await mender.post(`/api/incidents/${theirs.id}/retry`)).status).toBe(404);

    await w.sql(copied, [first, 60]);
    const seen: any[] = [];
    let next: string | null = null;
    do {
      const part: any = (await mender.get(`/api/incidents?${next === null ? "" : `cursor=${next}`}`)).json;
      seen.push(...part.items);
      next = part.next;
      expect(next).toBe(next === null ? null : part.items.at(-1).id);
    } while (next !== null);
    expect([seen.length, new Set(seen.map(({ id }) => id)).size]).toEqual([62, 62]);
    await w.sql("delete from {ws}._incident where source !~ '^[0-9a-f-]{36}$'");
    const { id } = (await mender.get(`/api/incidents?record=${last}`)).json.items[0];
    expect((await mender.post(`/api/incidents/${id}/retry`)).status).toBe(204);
    await carried(w);
  });
});

describe("a wire that does not answer", () => {
  test("is left alone after five failures, tried by one, and asked as before when that works", async () => {
    refuse(503);
    const ids = await Promise.all(Array.from({ length: 7 }, () => parcel(w)));
    for (const id of ids) await sent(w, id, "book");
    expect(await carried(w)).toBe(7);
    const circuit = async () =>
      (await w.admin.get("/api/connections")).json.items.find(({ name }: any) => name === "carrier").circuit;
    expect(await circuit()).toMatchObject({ state: "open", failures: 7 });
    expect(await later(10)).toBe(0);
    expect(await later(20)).toBe(1);
    expect((await circuit()).state).toBe("open");
    there.answer = (_, response) => void response.end();
    w.clock.advance(100_000);
    expect((await circuit()).state).toBe("half_open");
    expect(await carried(w)).toBe(7);
    expect(await circuit()).toMatchObject({ state: "closed", failures: 0 });
  });
});

describe("what was done outside", () => {
  test("is taken back in the reverse order, each when the one before is", async () => {
    let n = 0;
    there.answer = (_, response) =>
      void response.setHeader("content-type", "application/json").end(JSON.stringify({ booking: { id: `B/${++n}` } }));
    const id = await parcel(w);
    await sent(w, id, "both");
    await carried(w);
    const made = (await effectsOf(id)).map(({ output }) => output.booking.id.replace("/", "%2F"));
    there.received.length = 0;
    await sent(w, id, "undo");
    there.answer = (_, response) => void response.writeHead(there.received.length < 2 ? 500 : 204).end();
    await carried(w);
    expect(there.received).toHaveLength(1);
    await later(10);
    const paths = there.received.map(({ method, path }) => `${method} ${path}`);
    const last = made.toReversed().map((it) => `DELETE /v1/bookings/${it}`);
    expect([paths[0], [...new Set(paths)].sort()]).toEqual([paths[1], last.toSorted()]);
    there.received.length = 0;
    await sent(w, id, "undo");
    expect(await carried(w)).toBe(0);
  });

  test("is taken back under a later version as it was asked for under its own", async () => {
    const id = await parcel(w);
    await sent(w, id, "both");
    await carried(w);
    const { documents } = w.workspace.model;
    const next = structuredClone(documents.find((it) => "id" in it && it.id === "parcel")) as any;
    const { open, ...others } = next.states;
    next.states = { opened: open, ...others };
    next.initial = "opened";
    for (const { on } of Object.values<any>(others)) if (on) on["parcel.back"][0].target = "opened";
    open.on["parcel.both"][0].actions = [];
    const told = { reason: "Test", author: w.admin.id, now: w.clock.now() };
    const { version } = await publish(w.workspace, {
      documents: documents.map((it) => ("id" in it && it.id === "parcel" ? next : it)),
      ...told,
    });
    expect((await stands(id)).stage).toBe("opened");
    there.received.length = 0;
    expect((await sent(w, id, "undo")).status).toBe(200);
    await carried(w);
    expect(there.received.map(({ method, path }) => `${method} ${path}`)).toEqual(
      ["B%201", "B%201"].map((it) => `DELETE /v1/bookings/${it}`),
    );
    await publish(w.workspace, { documents, undoes: version, ...told });
  });
});

test("what has stopped is found and mended when its entity and its workflow have other names", async () => {
  refuse(400);
  const id = await parcel(w);
  await sent(w, id, "once");
  await carried(w);
  const change = (await w.admin.post("/api/changes", { reason: "Names" })).json.id;
  const entity = (await w.admin.get("/api/documents/entity/parcel")).json;
  const workflow = (await w.admin.get("/api/documents/workflow/parcel")).json;
  const put = (kind: string, name: string, body: object) =>
    w.admin.send("PUT", `/api/documents/${kind}/${name}?change=${change}`, { body });
  expect((await put("entity", "crate", { ...entity, $id: "crate" })).status).toBe(200);
  expect(
    (await put("workflow", "crates", { ...workflow, id: "crates", meta: { ...workflow.meta, entity: "crate" } }))
      .status,
  ).toBe(200);
  const done = await settled(w, await w.admin.post(`/api/changes/${change}/publish`, {}));
  expect(done.status, done.text).toBe(200);
  const [incident] = (await w.admin.get(`/api/incidents?record=${id}&workflow=crates&entity=crate`)).json.items;
  expect(incident).toMatchObject({
    record: { entity: "crate" },
    workflow: { id: "crates" },
    stands: { title: "Open" },
  });
  expect((await w.admin.post(`/api/incidents/${incident.id}/move`, { state: "booked" })).status).toBe(204);
  expect((await w.admin.get(`/api/records/crate/${id}`)).json.stage).toBe("booked");
});
