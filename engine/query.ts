import type { Access, EntityAccess } from "./access.ts";
import { checkExpression, type Checked } from "./expression/check.ts";
import { filterScope } from "./expression/scope.ts";
import type { Path } from "./expression/tree.ts";
import type { Entity, Field, Model } from "./model.ts";
import { nearest } from "./nearest.ts";
import { fault, problem, refuse, type Fault } from "./problem.ts";
import { seesSegment } from "./segment/seen.ts";
import { segmentNamed } from "./segment/segment.ts";
import { wordsMax, wordsOf } from "./words.ts";

/** One key of an order. */
export interface OrderKey {
  /** None where records are ordered by their colour. */
  readonly path: Path;
  readonly descending: boolean;
}

/** References that are answered as records: by name, with those of the next hop. */
export interface Expansion {
  readonly field: Field;
  readonly below: readonly Expansion[];
}

/** What of a record is answered. */
export interface Shape {
  readonly fields: readonly Field[];
  readonly expand: readonly Expansion[];
}

export type CountKind = "none" | "capped" | "exact" | "estimate";

/** A request for many records, every name of it found and allowed. */
export interface ListPlan {
  readonly entity: Entity;
  readonly shape: Shape;
  readonly filter: Checked | undefined;
  /** The statement ends it with `id`. */
  readonly order: readonly OrderKey[];
  /** The words that a record must hold, each of them. */
  readonly search: readonly string[] | undefined;
  readonly limit: number;
  readonly cursor: string | undefined;
  readonly count: CountKind;
  readonly trash: boolean;
  /** Each record is answered with the place of the first that holds, as `_colour`. */
  readonly colours: readonly Checked[];
}

/** The member of a record that tells its colour, and the name by which lists are ordered by it. */
export const colourKey = "_colour";
const coloursMax = 24;
const limitMax = 500;
const limitDefault = 50;
const expandDepthMax = 4;
const expandNodesMax = 50;
const orderKeysMax = 8;
const known = ["filter", "sort", "fields", "expand", "search", "limit", "cursor", "count", "trash", "colours"];

/** What a reader may ask about an entity. Throws where it is not there, or not for her. */
export function entityAccess(model: Model, access: Access, name: string): EntityAccess {
  const rights = access.entity(name);
  if (rights) return rights;
  const hint = nearest(
    name.slice(0, 80),
    [...model.entities.keys()].filter((it) => access.entity(it)),
  );
  throw problem("entity.unknown", {
    entity: name.slice(0, 80).toWellFormed(),
    ...(hint === undefined ? {} : { hint }),
  });
}

/** The fields that a reader may see on some records at least. */
export function visibleFields({ entity, readable }: EntityAccess): readonly Field[] {
  return [...entity.fields.values()].filter((field) => readable(field).kind !== "none");
}

/** Reads the query of a list; tells all that is wrong with it at once. */
export function planList(
  model: Model,
  access: Access,
  name: string,
  query: Readonly<Record<string, string>>,
): ListPlan {
  const rights = entityAccess(model, access, name);
  const reading = new Reading(model, access, rights);
  for (const key of Object.keys(query))
    if (!known.includes(key))
      reading.fail(fault("query.unknown", { name: key, ...hinted(nearest(key, known)), path: `/${key}` }));
  const plan: ListPlan = {
    entity: rights.entity,
    shape: reading.shape(query),
    filter: reading.filter(query.filter),
    order: reading.order(query.sort, query.colours !== undefined),
    search: reading.search(query.search),
    limit: reading.limit(query.limit),
    cursor: query.cursor,
    count: reading.count(query.count),
    trash: reading.trash(query.trash),
    colours: reading.colours(query.colours),
  };
  refuse(reading.faults);
  return plan;
}

/** Reads the query of one record. */
export function planShape(
  model: Model,
  access: Access,
  name: string,
  query: Readonly<Record<string, string>>,
): { readonly entity: Entity; readonly shape: Shape } {
  const rights = entityAccess(model, access, name);
  const reading = new Reading(model, access, rights);
  for (const key of Object.keys(query))
    if (key !== "fields" && key !== "expand") reading.fail(fault("query.unknown", { name: key, path: `/${key}` }));
  const shape = reading.shape(query);
  refuse(reading.faults);
  return { entity: rights.entity, shape };
}

/** An expression over an entity's records as far as a reader may see them. */
export function readFilter(
  model: Model,
  rights: EntityAccess,
  access: Access,
  text: string,
  path: string,
): { filter?: Checked; faults: readonly Fault[] } {
  const { expression, faults } = checkExpression(text, readerScope(model, access, rights.entity.name), {
    kind: "boolean",
  });
  return {
    ...(expression ? { filter: expression } : {}),
    faults: faults.map((it) => ({ ...it, path, status: 400 as const })),
  };
}

/** The names that a reader may use: a field that she can read on no record is none of them. */
export function readerScope(model: Model, access: Access, entity: string) {
  return filterScope(
    model,
    entity,
    (field) =>
      access.entity(field.entity)?.readable(field).kind !== undefined &&
      access.entity(field.entity)?.readable(field).kind !== "none",
    ({ $id }) => {
      const segment = segmentNamed(model, $id);
      return segment !== undefined && seesSegment(model, access, segment);
    },
  );
}

const hinted = (hint: string | undefined) => (hint === undefined ? {} : { hint });

/** Walks through one query and gathers its faults. */
class Reading {
  readonly faults: Fault[] = [];
  readonly #model: Model;
  readonly #access: Access;
  readonly #rights: EntityAccess;

  constructor(model: Model, access: Access, rights: EntityAccess) {
    this.#model = model;
    this.#access = access;
    this.#rights = rights;
  }

  fail(told: Fault): void {
    this.faults.push(told);
  }

  shape({ fields, expand }: Readonly<Record<string, string>>): Shape {
    const visible = visibleFields(this.#rights);
    const always = new Set(["id", "version"]);
    const named = fields === undefined ? undefined : new Set(namesIn(fields));
    for (const name of named ?? [])
      if (!visible.some((field) => field.name === name)) this.#unknown(this.#rights.entity, name, "/fields");
    return {
      fields: visible.filter(({ name }) => !named || named.has(name) || always.has(name)),
      expand: this.#expanded(namesIn(expand).map((path) => path.split(".", expandDepthMax + 1))),
    };
  }

  #expanded(paths: readonly (readonly string[])[]): readonly Expansion[] {
    const nodes = new Set(paths.flatMap((path) => path.map((_, at) => path.slice(0, at + 1).join("."))));
    if (nodes.size <= expandNodesMax) return this.#expansions(this.#rights, paths);
    this.fail(fault("query.expand_too_many", { given: nodes.size, max: expandNodesMax, path: "/expand" }));
    return [];
  }

  #expansions(rights: EntityAccess, paths: readonly (readonly string[])[]): readonly Expansion[] {
    const firsts = new Set(paths.flatMap(([first]) => first ?? []));
    return [...firsts].flatMap((name) => {
      const field = rights.entity.fields.get(name);
      const target = field?.targets.length === 1 ? this.#access.entity(field.targets[0] ?? "") : undefined;
      if (paths.some((path) => path.length > expandDepthMax)) {
        this.fail(fault("query.expand_too_deep", { max: expandDepthMax, path: "/expand" }));
        return [];
      }
      if (!field || rights.readable(field).kind === "none" || field.targets.length === 0) {
        this.#unknown(rights.entity, name, "/expand", (it) => it.targets.length > 0);
        return [];
      }
      const rest = paths
        .filter(([first, second]) => first === name && second !== undefined)
        .map((path) => path.slice(1));
      if (target) return [{ field, below: this.#expansions(target, rest) }];
      for (const [below = ""] of rest)
        this.fail(
          fault("field.unknown", { entity: field.targets.join(", "), field: below.slice(0, 80), path: "/expand" }),
        );
      return [];
    });
  }

  #unknown(entity: Entity, name: string, path: string, fits: (field: Field) => boolean = () => true): void {
    const rights = this.#access.entity(entity.name);
    const names = rights
      ? visibleFields(rights)
          .filter(fits)
          .map((field) => field.name)
      : [];
    this.fail(
      fault("field.unknown", {
        entity: entity.name,
        field: name.slice(0, 80).toWellFormed(),
        path,
        ...hinted(nearest(name.slice(0, 80), names)),
      }),
    );
  }

  filter(text: string | undefined): Checked | undefined {
    if (text === undefined || text.trim() === "") return undefined;
    const { filter, faults } = readFilter(this.#model, this.#rights, this.#access, text, "/filter");
    this.faults.push(...faults);
    return filter;
  }

  /** Conditions as a JSON array of texts. */
  colours(text: string | undefined): readonly Checked[] {
    if (text === undefined) return [];
    const given = listOfTexts(text);
    if (!given || given.length > coloursMax) {
      this.fail(fault("query.colours", { max: coloursMax, path: "/colours" }));
      return [];
    }
    return given.flatMap((cel, at) => {
      const { filter, faults } = readFilter(this.#model, this.#rights, this.#access, cel, `/colours/${at}`);
      this.faults.push(...faults);
      return filter ?? [];
    });
  }

  order(text: string | undefined, coloured: boolean): readonly OrderKey[] {
    const names = namesIn(text);
    if (names.length > orderKeysMax) this.fail(fault("query.sort_too_long", { max: orderKeysMax, path: "/sort" }));
    const seen = new Set<string>();
    return names.slice(0, orderKeysMax).flatMap((written) => {
      const name = written.replace(/^[-+]/, "");
      if (seen.has(name)) return [];
      seen.add(name);
      if (coloured && name === colourKey) return [{ path: [], descending: written.startsWith("-") }];
      const key = this.#orderPath(name);
      return key ? [{ path: key, descending: written.startsWith("-") }] : [];
    });
  }

  #orderPath(name: string): Path | undefined {
    if (!/^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$/.test(name)) {
      this.fail(fault("query.sort", { text: name.slice(0, 80).toWellFormed(), path: "/sort" }));
      return undefined;
    }
    const { expression, faults } = checkExpression(
      name,
      readerScope(this.#model, this.#access, this.#rights.entity.name),
    );
    this.faults.push(...faults.map((it) => ({ ...it, path: "/sort", status: 400 as const })));
    const path =
      expression?.node.op === "path" && expression.node.root === "record" ? expression.node.steps : undefined;
    if (!expression) return undefined;
    const last = path?.at(-1)?.field;
    if (!path || !last || path.some(({ list }) => list) || ["json", "list"].includes(expression.type.kind)) {
      this.fail(fault("query.sort", { text: name, path: "/sort" }));
      return undefined;
    }
    return this.#byName(path, last);
  }

  /** A reference is ordered by the name of what it points at. */
  #byName(path: Path, last: Field): Path {
    const [target, ...others] = last.targets;
    const rights = target !== undefined && others.length === 0 ? this.#access.entity(target) : undefined;
    const nameField = rights?.entity.nameField;
    if (!nameField || rights?.readable(nameField).kind === "none") return path;
    return [...path, { name: nameField.name, field: nameField }];
  }

  search(text: string | undefined): readonly string[] | undefined {
    if (text === undefined || text.trim() === "") return undefined;
    if (text.length > 200) this.fail(fault("query.search_too_long", { max: 200, path: "/search" }));
    if (text.includes("\0") || !text.isWellFormed()) this.fail(fault("value.not_text", { path: "/search" }));
    const words = wordsOf(text.slice(0, 200));
    if (words.length > wordsMax) this.fail(fault("query.search_words", { max: wordsMax, path: "/search" }));
    return words;
  }

  limit(text: string | undefined): number {
    if (text === undefined) return limitDefault;
    const limit = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (limit >= 1 && limit <= limitMax) return limit;
    this.fail(fault("query.limit", { max: limitMax, path: "/limit" }));
    return limitDefault;
  }

  count(text: string | undefined): CountKind {
    if (text === undefined) return "none";
    if (text === "none" || text === "capped" || text === "exact" || text === "estimate") return text;
    this.fail(fault("query.choice", { choices: "none, capped, exact, estimate", path: "/count" }));
    return "none";
  }

  trash(text: string | undefined): boolean {
    if (text === undefined || text === "false") return false;
    if (text !== "true") this.fail(fault("query.choice", { choices: "true, false", path: "/trash" }));
    if (this.#rights.rule("delete").kind === "none")
      this.fail(fault("right.missing", { right: "see the trash", path: "/trash" }));
    return true;
  }
}

function listOfTexts(text: string): readonly string[] | undefined {
  try {
    const given: unknown = JSON.parse(text);
    return Array.isArray(given) && given.every((it) => typeof it === "string") ? given : undefined;
  } catch {
    return undefined;
  }
}

function namesIn(text: string | undefined): readonly string[] {
  return (text ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}
