import {
  foundBy,
  isNeverHidden,
  nearest,
  type Conversion,
  type ConvertedRow,
  type MappedColumn,
  type RecordWrite,
  type Values,
} from "engine";
import { writing } from "engine/sql";
import type { CsvRow } from "../csv.ts";
import type { Connection } from "../database/pool.ts";
import { newId } from "../id.ts";
import type { Trouble } from "./import-troubles.ts";
import type { Scene } from "./operation.ts";
import { conditionOf, rowsOf, targetOf } from "./rows.ts";
import { writeRecords } from "./write.ts";

/** A row of the file and what its cells say. */
export interface Read {
  readonly row: CsvRow;
  readonly converted: ConvertedRow;
}

/** What the names in reference columns stand for. `own` asks for those that name rows of the file's own entity. */
export async function resolveNames(
  tx: Connection,
  scene: Scene,
  { mapping }: Conversion,
  read: readonly Read[],
  own: boolean,
) {
  const found = new Map<MappedColumn, ReadonlyMap<string, string | null>>();
  const suggestions = new Map<MappedColumn, ReadonlyMap<string, readonly string[]>>();
  const made: Record<string, number> = {};
  for (const column of mapping.columns) {
    if (column.reference?.own !== own || !column.reference) continue;
    const textsIn = (them: readonly Read[]) =>
      new Set(
        them.flatMap(({ converted }) => converted.namings.filter((it) => it.column === column).map(({ text }) => text)),
      );
    const texts = textsIn(read);
    const ids = await idsByName(tx, scene, column.reference, [...texts]);
    const absent = [...texts].filter((text) => !ids.has(text));
    if (absent.length > 0 && column.reference.missing === "create") {
      // A row that is left out makes nothing.
      const wanted = textsIn(read.filter(({ converted }) => converted.problems.length === 0));
      const fresh = absent.filter((text) => wanted.has(text));
      for (const [text, id] of await createNamed(tx, scene, column.reference, fresh)) ids.set(text, id);
      const { name } = column.reference.entity;
      made[name] = (made[name] ?? 0) + fresh.length;
    } else if (absent.length > 0 && column.reference.missing === "reject")
      suggestions.set(column, await nearestNames(tx, scene, column.reference, absent));
    found.set(column, ids);
  }
  return {
    made,
    valuesOf: ({ namings }: ConvertedRow): Values =>
      Object.fromEntries(
        namings.flatMap(({ column, field, text }) => {
          const ids = found.get(column);
          if (!ids || !column.reference) return [];
          const id = ids.get(text) ?? null;
          const many = (mapping.entity.fields.get(field)?.targets.length ?? 0) > 1;
          return [[field, many && id !== null ? { entity: column.reference.entity.name, id } : id] as const];
        }),
      ),
    troublesOf: (row: CsvRow, { namings }: ConvertedRow): readonly Trouble[] =>
      namings.flatMap(({ column, text }) => {
        const ids = found.get(column);
        const id = ids?.get(text);
        if (!ids || (id !== undefined && id !== null) || (id === undefined && column.reference?.missing !== "reject"))
          return [];
        const { title, plural } = column.reference!.entity;
        const detail = id === null ? `Several ${plural} are called "${text}".` : `There is no ${title} "${text}".`;
        const code = id === null ? "reference.ambiguous" : "reference.unknown";
        return [
          {
            number: row.number,
            column: column.column,
            value: text,
            code,
            detail,
            suggestions: suggestions.get(column)?.get(text) ?? [],
          },
        ];
      }),
  };
}

type Reference = NonNullable<MappedColumn["reference"]>;

/** Ids by name; null where several records have the same. */
async function idsByName(
  tx: Connection,
  scene: Scene,
  { entity, by }: Reference,
  texts: readonly string[],
): Promise<Map<string, string | null>> {
  if (texts.length === 0) return new Map();
  const access = scene.access?.entity(entity.name);
  const fields = foundBy(entity, by).filter((it) => it === by || isNeverHidden(access, it));
  const rows = await rowsOf<{ text: string; own: boolean; ids: string[] }>(
    tx,
    scene,
    writing.rowsNamed(targetOf(scene, entity), fields, texts, visibleTo(scene, entity)),
  );
  const found = new Map(rows.filter(({ own }) => !own).map(({ text, ids }) => [text, ids]));
  for (const { text, ids } of rows.filter(({ own }) => own)) found.set(text, ids);
  return new Map([...found].map(([text, ids]) => [text, ids.length === 1 ? ids[0]! : null]));
}

function visibleTo(scene: Scene, entity: Reference["entity"]) {
  const rule = scene.access?.entity(entity.name)?.rule("read");
  return rule && rule.kind !== "all" ? conditionOf(scene, entity, rule) : undefined;
}

async function createNamed(
  tx: Connection,
  scene: Scene,
  { entity, by }: Reference,
  texts: readonly string[],
): Promise<readonly (readonly [string, string])[]> {
  const isAlways = scene.access?.entity(entity.name)?.writable(by, "create").kind === "all";
  const writes = texts.map((text): RecordWrite => ({
    act: "create",
    entity: entity.name,
    id: newId(scene.now),
    after: { ...defaultsOf(entity), [by.name]: text },
    conditional: isAlways ? [] : [by],
  }));
  await writeRecords(tx, scene, writes);
  return writes.map(({ id }, at) => [texts[at]!, id] as const);
}

function defaultsOf(entity: Reference["entity"]): Values {
  const plain = [...entity.fields.values()].filter(
    ({ property }) => property.default !== undefined && typeof property.default !== "object",
  );
  return Object.fromEntries(plain.map(({ name, property }) => [name, property.default]));
}

const namesMax = 5000;

/** For names that nobody has: the one that was probably meant. */
async function nearestNames(
  tx: Connection,
  scene: Scene,
  { entity, by }: Reference,
  texts: readonly string[],
): Promise<Map<string, readonly string[]>> {
  const rows = await rowsOf<{ text: string }>(
    tx,
    scene,
    writing.namesOf(targetOf(scene, entity), by, visibleTo(scene, entity), namesMax),
  );
  const names = rows.map(({ text }) => text);
  return new Map(texts.slice(0, 200).map((text) => [text, [nearest(text, names) ?? []].flat()]));
}
