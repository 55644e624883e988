import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { anchorOf, check, keepNames, layTemplates, nameOf, readModel, type Mappings } from "engine";
import type { AnyDocument } from "schemas";
import { readTemplates } from "../../runtime/store/template-files.ts";
import { settled } from "../fixtures/stones.ts";
import { world } from "../world.ts";

const cases = Number(process.env.TRELLIS_CASES ?? 10);
const folder = fileURLToPath(new URL("../../templates", import.meta.url));
let documents: readonly AnyDocument[];

beforeAll(async () => {
  const templates = await readTemplates(folder);
  const coming = ["core", "sales"].map((name) => templates.get(name)!);
  documents = layTemplates({ published: [], installed: [], coming }).documents;
  expect(check(documents)).toEqual([]);
});

/** One act of an admin: the draft of the document that is renamed, or in which something is; and what undoes it. */
interface Rename {
  readonly draft: AnyDocument;
  readonly mappings: Mappings;
  readonly back: (now: readonly AnyDocument[]) => { draft: AnyDocument; mappings: Mappings };
}

type Act = {
  readonly what: (typeof acts)[number];
  readonly which: number;
  readonly inner: number;
  readonly name: string;
};
const acts = ["document", "field", "list", "choice", "state"] as const;
const act: fc.Arbitrary<Act> = fc.record({
  what: fc.constantFrom(...acts),
  which: fc.nat(1000),
  inner: fc.nat(1000),
  name: fc.constantFrom("alpha", "beta_2", "user_name", "x", "amount", "title", "won", "in_stock"),
});

const at = <Thing>(things: readonly Thing[], index: number): Thing | undefined => things[index % (things.length || 1)];

/** A key of an object called otherwise, where it stands. */
const rekeyed = (given: any, from: string, to: string): any =>
  Object.fromEntries(Object.entries(given).map(([key, value]) => [key === from ? to : key, value]));

/** The draft that renames what an act points at; nothing where there is no such thing, or the name is taken. */
function drafted(now: readonly AnyDocument[], { what, which, inner, name }: Act): Omit<Rename, "back"> | undefined {
  const of = (kind: string) => now.filter((it) => (it.$schema ?? "").includes(`:${kind}:`));
  if (what === "document") {
    const found = at(
      now.filter((it) => !(it.$schema ?? "").includes(":template:")),
      which,
    );
    if (!found || now.some((it) => nameOf(it) === name && it.$schema === found.$schema)) return undefined;
    return { draft: { ...found, ["id" in found ? "id" : "$id"]: name } as AnyDocument, mappings: {} };
  }
  const entity = at(of("entity"), which) as any;
  const fields = Object.entries<any>(entity.properties);
  if (what === "field") {
    const [from] = at(fields, inner)!;
    if (Object.hasOwn(entity.properties, name)) return undefined;
    return { draft: { ...entity, properties: rekeyed(entity.properties, from, name) }, mappings: {} };
  }
  if (what === "list") {
    const found = at(
      fields.filter(([, it]) => it.inverse !== undefined),
      inner,
    );
    if (!found) return undefined;
    const properties = { ...entity.properties, [found[0]]: { ...found[1], inverse: name } };
    return { draft: { ...entity, properties }, mappings: {} };
  }
  if (what === "choice") {
    const set = at(of("value-set"), which) as any;
    const choice = at<any>(set.choices, inner);
    if (set.choices.some((it: any) => it.value === name)) return undefined;
    const choices = set.choices.map((it: any) => (it === choice ? { ...it, value: name } : it));
    return { draft: { ...set, choices }, mappings: mappingOf(now, set, choice.value, name) };
  }
  const workflow = structuredClone(at(of("workflow"), which)) as any;
  const holders: any[] = [];
  const visit = (holder: any) => {
    if (holder.states) holders.push(holder);
    for (const state of Object.values<any>(holder.states ?? {})) visit(state);
  };
  visit(workflow);
  if (holders.some(({ states }) => Object.hasOwn(states, name))) return undefined;
  const holder = at(holders, inner);
  const key = at(Object.keys(holder.states), which);
  holder.states = rekeyed(holder.states, key!, name);
  return { draft: workflow, mappings: {} };
}

/** Each field that chooses from a set is told what a value is called now. */
function mappingOf(now: readonly AnyDocument[], set: any, from: string, to: string): Mappings {
  const fields = [...readModel(now).entities.values()].flatMap((it) => [...it.fields.values()]);
  const choosing = fields.filter(({ property }) => property.value_set === set.$id);
  return Object.fromEntries(choosing.map(({ address }) => [address, { [from]: to }]));
}

const applied = (now: readonly AnyDocument[], draft: AnyDocument) =>
  now.map((it) => (anchorOf(it) === anchorOf(draft) ? draft : it));

/** The draft that calls by its old name again what a draft has renamed. */
function reverted(before: AnyDocument, now: readonly AnyDocument[], mappings: Mappings) {
  const draft = now.find((it) => anchorOf(it) === anchorOf(before))!;
  const back = Object.entries(mappings).map(([address, mapping]) => [
    address,
    Object.fromEntries(Object.entries(mapping).map(([from, to]) => [to, from])),
  ]);
  return { draft: renamedBack(draft, before), mappings: Object.fromEntries(back) as Mappings };
}

/** The present text of a document with the names of its parts as they were. */
function renamedBack(now: any, before: any): any {
  const names = <Part>(parts: Record<string, Part>, identity: (part: Part) => string) =>
    new Map(Object.entries(parts).map(([name, part]) => [identity(part), name]));
  const draft = { ...now, ...("id" in before ? { id: before.id } : { $id: before.$id }) };
  if (before.properties) {
    const was = names<any>(before.properties, (it) => it.$anchor);
    const lists = Object.values<any>(before.properties).map((it) => [it.$anchor, it.inverse] as const);
    const list = new Map(lists);
    draft.properties = Object.fromEntries(
      Object.entries<any>(now.properties).map(([, it]) => [
        was.get(it.$anchor)!,
        it.inverse === undefined ? it : { ...it, inverse: list.get(it.$anchor) },
      ]),
    );
  }
  if (before.choices)
    draft.choices = now.choices.map((it: any, index: number) => ({ ...it, value: before.choices[index].value }));
  if (before.states) {
    const keys = new Map<string, string>();
    const collect = (holder: any) => {
      for (const [key, state] of Object.entries<any>(holder.states ?? {})) {
        keys.set(state.meta.id, key);
        collect(state);
      }
    };
    collect(before);
    const rename = (holder: any): any =>
      holder.states
        ? {
            ...holder,
            states: Object.fromEntries(
              Object.entries<any>(holder.states).map(([, state]) => [keys.get(state.meta.id)!, rename(state)]),
            ),
          }
        : holder;
    return rename(draft);
  }
  return draft;
}

const canonical = (all: readonly AnyDocument[]) =>
  [...all].sort((one, other) => anchorOf(one).localeCompare(anchorOf(other))).map((it) => JSON.stringify(it));

test("a rename loses nothing", () => {
  const done = new Map<string, number>();
  fc.assert(
    fc.property(fc.array(act, { minLength: 1, maxLength: 6 }), (given) => {
      let now = documents;
      const backs: { before: AnyDocument; mappings: Mappings }[] = [];
      for (const it of given) {
        const made = drafted(now, it);
        if (!made) continue;
        const kept = keepNames(now, applied(now, made.draft), made.mappings);
        // A name that means something else already is refused, as it is by hand.
        if (kept.faults.length > 0 || check([made.draft]).some(({ code }) => code === "name.reserved")) continue;
        if (check(kept.documents).some(({ code }) => code === "inverse.taken" || code === "workflow.doubled")) continue;
        expect(check(kept.documents)).toEqual([]);
        backs.push({ before: now.find((doc) => anchorOf(doc) === anchorOf(made.draft))!, mappings: made.mappings });
        now = kept.documents;
        done.set(it.what, (done.get(it.what) ?? 0) + 1);
      }
      for (const { before, mappings } of backs.reverse()) {
        const back = reverted(before, now, mappings);
        const kept = keepNames(now, applied(now, back.draft), back.mappings);
        expect(kept.faults).toEqual([]);
        expect(check(kept.documents)).toEqual([]);
        now = kept.documents;
      }
      expect(canonical(now)).toEqual(canonical(documents));
    }),
    { numRuns: cases },
  );
  for (const what of acts) expect([what, done.get(what)]).toEqual([what, expect.any(Number)]);
});

test("renames in a living workspace keep all data, there and back again", async () => {
  const here = await world({ templates: ["core", "sales"] });
  try {
    const made = await here.admin.post("/api/templates/sales/install", { samples: true });
    expect(made.status).toBeLessThan(300);
    const begun = here.workspace.model.documents;
    const dump = async () => {
      const { entities } = readModel(here.workspace.model.documents);
      const rows: Record<string, unknown> = {};
      for (const entity of entities.values()) {
        const columns = [...entity.fields.values()].flatMap((field) =>
          Object.keys(field.columns).map((column) => [column, column.replace(field.name, field.anchor)]),
        );
        const list = columns.map(([column, as]) => `"${column}" as "${as}"`).join(", ");
        rows[entity.anchor] = await here.sql(`select ${list} from {ws}."${entity.name}" order by id`);
      }
      return rows;
    };
    const publish = async ({ draft, mappings }: { draft: AnyDocument; mappings: Mappings }) => {
      const { id } = (await here.admin.post("/api/changes", { reason: "Rename" })).json;
      const kind = /:([a-z-]+):1$/.exec(draft.$schema ?? "urn:trellis:workflow:1")![1];
      await here.admin.send("PUT", `/api/documents/${kind}/${nameOf(draft)}?change=${id}`, { body: draft });
      if (Object.keys(mappings).length > 0) await here.admin.patch(`/api/changes/${id}`, { mappings });
      const answer = await settled(here, await here.admin.post(`/api/changes/${id}/publish`, {}));
      expect([answer.status, answer.text]).toEqual([200, expect.any(String)]);
    };
    const before = await dump();
    const chosen: readonly Act[] = [
      { what: "field", which: 2, inner: 3, name: "alpha" },
      { what: "document", which: 0, inner: 0, name: "phone_call" },
      { what: "document", which: 1, inner: 0, name: "firm" },
      { what: "state", which: 0, inner: 2, name: "won_2" },
      { what: "choice", which: 6, inner: 1, name: "x" },
      { what: "list", which: 1, inner: 0, name: "branches" },
    ];
    const backs: { before: AnyDocument; mappings: Mappings }[] = [];
    for (const it of chosen) {
      const { documents: now } = here.workspace.model;
      const rename = drafted(now, it)!;
      await publish(rename);
      backs.push({ before: now.find((doc) => anchorOf(doc) === anchorOf(rename.draft))!, mappings: rename.mappings });
    }
    for (const { before: was, mappings } of backs.reverse())
      await publish(reverted(was, here.workspace.model.documents, mappings));
    expect(canonical(here.workspace.model.documents)).toEqual(canonical(begun));
    expect(await dump()).toEqual(before);
  } finally {
    await here.close();
  }
});
