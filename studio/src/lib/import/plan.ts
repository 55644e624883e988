import type { ColumnPlan, ImportPlan } from "engine";
import type { DescribedEntity, DescribedField, Workspace } from "../model.svelte.ts";

/** A column of the file as the server has seen it. */
export interface InspectedColumn {
  readonly name: string;
  readonly samples: readonly string[];
  readonly suggestion: string | null;
}

export interface Inspected {
  readonly encoding: string;
  readonly separator: string;
  readonly columns: readonly InspectedColumn[];
  /** The plan of the last file with these columns; null where there was none. */
  readonly plan: ImportPlan | null;
}

/** Where a column goes, as the screen edits it. */
export interface ColumnChoice {
  /** Fields by name; none leaves the column out. */
  to: string[];
  /** A word of the cell for each of several fields. */
  split: boolean;
  /** The field of the target that the column names it by. */
  match: string;
  missing: "reject" | "create" | "null";
  /** What stands in the file → what is meant. */
  values: Record<string, string>;
}

/** What a screen knows of a plan while it is made. */
export interface PlanDraft {
  entity: string;
  match: string;
  columns: Record<string, ColumnChoice>;
  /** State → field that says when it was entered. */
  dates: Record<string, string>;
  /** All rows or none. */
  whole: boolean;
}

/** The fields that a column may go to. */
export function targetsOf(entity: DescribedEntity): readonly DescribedField[] {
  return entity.fields.filter((field) => field.writable || (field.field === "state" && entity.rights.bypass));
}

/** The fields by which a reference can be named, its name first. */
export function namesOf(workspace: Workspace, field: DescribedField): readonly DescribedField[] {
  const target = workspace.entity(field.targets[0] ?? "");
  const fitting = target?.fields.filter(({ field: kind }) => kind === "text" || kind === "email") ?? [];
  return [...fitting].sort(
    (one, other) => Number(other.name === target?.name_field) - Number(one.name === target?.name_field),
  );
}

/** A first plan: the columns where they went the last time, else where they probably go. */
export function firstPlan(workspace: Workspace, entity: DescribedEntity, { columns, plan }: Inspected): PlanDraft {
  if (plan) return draftOf(plan, columns);
  const choices = columns.map(({ name, suggestion }) => {
    const field = entity.fields.find((it) => it.name === suggestion);
    const choice: ColumnChoice = {
      to: field ? [field.name] : [],
      split: false,
      match: (field && field.targets.length > 0 && namesOf(workspace, field)[0]?.name) || "",
      missing: "reject",
      values: {},
    };
    return [name, choice] as const;
  });
  return { entity: entity.name, match: "", columns: Object.fromEntries(choices), dates: {}, whole: false };
}

/** A plan as the screen edits it. */
function draftOf(plan: ImportPlan, columns: readonly InspectedColumn[]): PlanDraft {
  const choices = columns.map(({ name }) => {
    const given = plan.columns[name] ?? { to: [] };
    const {
      to,
      split = false,
      match = "",
      missing = plan.missing ?? "reject",
      values,
    } = typeof given === "string" ? ({ to: given } as ColumnPlan) : given;
    return [name, { to: [to].flat(), split, match, missing, values: { ...values } }] as const;
  });
  const { entity, match = [], dates, whole = false } = plan;
  return { entity, match: match.join(), columns: Object.fromEntries(choices), dates: { ...dates }, whole };
}

/** The plan as the server takes it. */
export function planOf(workspace: Workspace, draft: PlanDraft, rehearse: boolean): ImportPlan {
  const columns = Object.entries(draft.columns).flatMap(([column, choice]): [string, ColumnPlan][] => {
    if (choice.to.length === 0) return [];
    const pointing = choice.to
      .map((name) => workspace.field(draft.entity, name))
      .find((field) => (field?.targets.length ?? 0) > 0);
    return [
      [
        column,
        {
          to: choice.to,
          ...(choice.split && choice.to.length > 1 ? { split: true } : {}),
          ...(pointing && choice.match ? { match: choice.match } : {}),
          ...(pointing ? { missing: choice.missing } : {}),
          ...(Object.keys(choice.values).length > 0 ? { values: choice.values } : {}),
        },
      ],
    ];
  });
  const dates = Object.fromEntries(Object.entries(draft.dates).filter(([, field]) => field !== ""));
  return {
    entity: draft.entity,
    match: draft.match.split(",").filter((name) => name !== ""),
    columns: Object.fromEntries(columns),
    ...(Object.keys(dates).length > 0 ? { dates } : {}),
    ...(draft.whole ? { whole: true } : {}),
    rehearse,
  };
}

/** What a row may find its record by: a field that no two records share, or a set of references that goes into columns. */
export function matchChoices(
  entity: DescribedEntity,
  draft: PlanDraft,
): readonly { readonly value: string; readonly title: string }[] {
  const mapped = Object.values(draft.columns).flatMap(({ to }) => to);
  const single = entity.fields.filter(
    ({ name, field }) =>
      mapped.includes(name) && ["text", "email", "auto_number", "integer", "phone", "url"].includes(field),
  );
  const references = entity.fields.filter(({ name, targets }) => mapped.includes(name) && targets.length > 0);
  const sets =
    references.length > 1
      ? [
          {
            value: references.map(({ name }) => name).join(","),
            title: references.map(({ title }) => title).join(" + "),
          },
        ]
      : [];
  return [...single.map(({ name, title }) => ({ value: name, title })), ...sets];
}
