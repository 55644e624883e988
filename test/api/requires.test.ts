import { afterAll, beforeAll, expect, test } from "vitest";
import type { AnyDocument } from "schemas";
import { world, type World } from "../world.ts";

const to = (id: string, target: string, more: object = {}) => ({ target, meta: { id, title: id }, ...more });
const state = (id: string, title: string, more: object = {}, meta: object = {}) => ({
  ...more,
  meta: { id, title, ...meta },
});

/** A crate that is loaded first into a hold, which wants its weight; who packs it in a rush goes there by itself. */
const documents = [
  {
    $schema: "urn:trellis:entity:1",
    $id: "crate",
    $anchor: "ent_crate",
    type: "object",
    title: "Crate",
    name_field: "name",
    properties: {
      name: { $anchor: "fld_crate_name", field: "text", title: "Name" },
      rush: { $anchor: "fld_rush", field: "boolean", title: "Rush" },
      weight: { $anchor: "fld_crate_weight", field: "integer", title: "Weight" },
      berth: { $anchor: "fld_berth", field: "text", title: "Berth" },
      stage: { $anchor: "fld_crate_stage", field: "state", title: "Stage", workflow: "crate" },
    },
    required: ["name"],
  },
  {
    $schema: "urn:trellis:workflow:1",
    id: "crate",
    initial: "packed",
    states: {
      packed: state("st_crate_packed", "Packed", {
        on: { "crate.load": [to("tr_load", "aboard")] },
        always: [to("tr_rush", "aboard", { guard: { type: "expr", params: { cel: "record.rush" } } })],
      }),
      aboard: state("st_aboard", "Aboard", {
        initial: "hold",
        states: {
          hold: state("st_hold", "Hold", { on: { "crate.lift": [to("tr_lift", "deck")] } }, { requires: ["weight"] }),
          deck: state("st_deck", "Deck", { tags: ["end"] }, { requires: ["berth"] }),
          back: { type: "history", history: "shallow", target: "hold", meta: { id: "st_back", title: "Back" } },
        },
        on: { "crate.stop": [to("tr_stop", "stopped")] },
      }),
      stopped: state("st_stopped", "Stopped", { on: { "crate.go": [to("tr_go", "#st_back")] } }),
    },
    meta: {
      id: "wf_crate",
      title: "Crate",
      format: "wf/1",
      kind: "pipeline",
      entity: "crate",
      events: Object.fromEntries(
        ["load", "lift", "stop", "go"].map((it) => [`crate.${it}`, { title: it, source: "user" }]),
      ),
    },
  },
] as unknown as readonly AnyDocument[];

let w: World;
beforeAll(async () => {
  w = await world({ documents });
});
afterAll(() => w.close());

const made = async (values: object) => (await w.admin.post("/api/records/crate", values)).json.id as string;
const send = (id: string, type: string, values?: object) =>
  w.admin.post(`/api/records/crate/${id}/events`, { type, values });
const missing = (answer: Awaited<ReturnType<typeof send>>) =>
  answer.json.problems?.map(({ code, path }: any) => `${code} ${path}`) ?? answer.status;
const offer = async (id: string, type: string) =>
  (await w.admin.get(`/api/records/crate/${id}/events`)).json.find((it: any) => it.type === type);

test("a person is asked for what the first state inside of where she sends a record wants filled", async () => {
  const id = await made({ name: "A" });
  expect((await offer(id, "crate.load")).form).toEqual([{ field: "weight", required: true }]);
  expect(missing(await send(id, "crate.load"))).toEqual(["value.missing /values/weight"]);
  expect((await send(id, "crate.load", { weight: 4 })).json.stage).toBe("hold");
});

test("a state that is gone back to asks anew, and why it is not open is told", async () => {
  const id = await made({ name: "B", weight: 4, berth: "C3" });
  for (const type of ["crate.load", "crate.lift", "crate.stop"]) await send(id, type);
  const { version } = (await w.admin.get(`/api/records/crate/${id}`)).json;
  await w.admin.patch(`/api/records/crate/${id}`, { berth: null }, { "if-match": `"${version}"` });
  expect((await offer(id, "crate.go")).form).toEqual([{ field: "berth", required: true }]);
  expect(missing(await send(id, "crate.go"))).toEqual(["value.missing /values/berth"]);
  const why = async (at = "") =>
    (await w.admin.get(`/api/records/crate/${id}/run/why${at}`)).json.reasons.find(
      (it: any) => it.transition === "tr_go",
    );
  expect(await why()).toMatchObject({
    open: false,
    grounds: [{ text: "record.berth != null", holds: false, values: [{ title: "Berth", value: null }] }],
  });
  expect((await send(id, "crate.go", { berth: "D1" })).json.stage).toBe("deck");
  expect(await why("?at=4")).toMatchObject({ open: true, taken: true, grounds: [] });
});

test("a new record that goes on by itself is asked for what the states on its way want filled", async () => {
  const refused = await w.admin.post("/api/records/crate", { name: "C", rush: true });
  expect(missing(refused)).toEqual(["value.missing /weight"]);
  const [, one] = (await w.admin.post("/api/records/crate", [{ name: "D" }, { name: "E", rush: true, weight: 2 }])).json
    .items;
  expect(one.stage).toBe("hold");
});
