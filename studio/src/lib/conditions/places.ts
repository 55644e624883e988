import type { DescribedEntity, DescribedField } from "engine";
import type { Workspace } from "#lib/model.svelte.ts";
import { operatorsFor, readClause, type Clause } from "#lib/views/filter.ts";
import { words } from "#lib/words/index.ts";
import { named } from "./named.svelte.ts";
import { isGroup, type Row } from "./rows.ts";

/** What a condition may be about: a field, or a field of what a reference leads to. */
export interface Place {
  readonly path: string;
  readonly title: string;
  readonly field: DescribedField;
}

/** What conditions on records of an entity may be about. `root` stands before every path: `record.` in a workflow. */
export function placesOf(entity: DescribedEntity, workspace: Workspace, root = ""): readonly Place[] {
  return entity.fields
    .filter(({ field }) => field !== "json")
    .flatMap((field) => {
      const hops = field.targets.length === 1 ? (workspace.entity(field.targets[0]!)?.fields ?? []) : [];
      return [
        { path: `${root}${field.name}`, title: field.title, field },
        ...hops
          .filter((hop) => !hop.system && hop.targets.length === 0)
          .map((hop) => ({
            path: `${root}${field.name}.${hop.name}`,
            title: `${field.title} › ${hop.title}`,
            field: hop,
          })),
      ];
    });
}

/** A condition in words: what it is about, how, and with which value; its expression where rows cannot show it. */
export function sentence(
  { path, operator, value, cel }: Clause,
  places: readonly Place[],
  workspace: Workspace,
): readonly [about: string, how: string, value: string] {
  const found = places.find((it) => it.path === path);
  if (!found) return [cel, "", ""];
  const { field, title } = found;
  const how = operatorsFor(field).find(({ name }) => name === operator)?.title ?? operator;
  const shown =
    field.choices?.find((choice) => choice.value === value)?.title ??
    workspace.stages(field.workflow, field.region).find(({ key }) => key === value)?.title;
  return [title, how, shown ?? named.get(value) ?? value];
}

/** A row in words, whatever stands in it. */
export function toldRow(row: Row, places: readonly Place[], workspace: Workspace): string {
  if (!isGroup(row)) return sentence(readClause(row.cel), places, workspace).filter(Boolean).join(" ");
  return row.rows
    .map((it) => (isGroup(it) ? `(${toldRow(it, places, workspace)})` : toldRow(it, places, workspace)))
    .join(` ${row.how === "all" ? words.andRow : words.orRow} `);
}
