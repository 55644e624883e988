import { actions as registry, type JsonSchema, type Model } from "engine";
import type { Action, WorkflowDocument } from "schemas";
import { words } from "../words/index.ts";

/** An action that can be asked for: one of the registry, or one that a template has prepared. */
export interface ActionKind {
  readonly name: string;
  readonly label: string;
  readonly icon: string;
  readonly params: JsonSchema;
  /** What a template has decided already. */
  readonly preset: Readonly<Record<string, unknown>>;
}

/** All actions, those that templates have prepared first. */
export function actionKinds(model: Model | undefined): readonly ActionKind[] {
  const own = Object.values(registry).map((it): ActionKind => ({
    name: it.name,
    label: words.actionNames[it.name] ?? it.label,
    icon: it.icon,
    params: it.params,
    preset: {},
  }));
  const prepared = [...(model?.templates.values() ?? [])].flatMap(({ presets }) =>
    Object.entries(presets ?? {}).flatMap(([name, preset]): ActionKind[] => {
      const behind = own.find((it) => it.name === preset.action);
      const icon = preset.icon ?? behind?.icon ?? "zap";
      return behind ? [{ ...behind, name, icon, label: preset.title, preset: preset.params ?? {} }] : [];
    }),
  );
  return [...prepared, ...own];
}

const label = (key: string) => key.charAt(0).toUpperCase() + key.slice(1);

/** The parameters of an action by their names. */
export const propertiesOf = ({ params }: ActionKind) =>
  (params.properties ?? {}) as Readonly<Record<string, JsonSchema>>;

const requiredOf = ({ params, preset }: ActionKind) =>
  ((params.required ?? []) as readonly string[]).filter((key) => !(key in preset));

/** What is asked for an action: what its template has not decided. */
export function askedFor(kind: ActionKind): readonly (readonly [string, JsonSchema])[] {
  return Object.entries(propertiesOf(kind)).filter(([key]) => !(key in kind.preset));
}

/** Whether an action needs an event of the workflow. */
export const needsEvent = (kind: ActionKind): boolean =>
  requiredOf(kind).some((key) => propertiesOf(kind)[key]?.["x-event"] === true);

/** A new action with what its schema asks for, empty yet. */
export function begun(kind: ActionKind, document: WorkflowDocument): Action {
  const people = askedFor(kind).flatMap(([key, schema]) => (schema["x-person"] ? [key] : []));
  const given = [...new Set([...requiredOf(kind), ...people])].map((key) => {
    const schema = propertiesOf(kind)[key]!;
    if (schema["x-person"]) return [key, { cel: "record.owner" }] as const;
    if (Array.isArray(schema.enum)) return [key, schema.enum[0] as string] as const;
    if (schema["x-field"] || schema["x-document"] || schema.pattern) return [key, ""] as const;
    if (schema["x-event"]) return [key, Object.keys(document.meta.events)[0] ?? ""] as const;
    if (schema["x-entity"]) return [key, document.meta.entity] as const;
    return [key, schema.type === "object" ? {} : label(key)] as const;
  });
  return { type: kind.name, params: Object.fromEntries(given) };
}

/** The entity whose fields a parameter means: one that its schema says, one named beside it, else that of what is around. */
export function entityOf(
  schema: JsonSchema,
  beside: Readonly<Record<string, JsonSchema>>,
  given: Readonly<Record<string, unknown>>,
  around: string,
): string {
  if (typeof schema["x-of"] === "string") return schema["x-of"];
  const key = Object.keys(beside).find((it) => beside[it]?.["x-entity"] === true);
  const named = key === undefined ? undefined : given[key];
  return typeof named === "string" && schema["x-values-of"] !== "record" ? named : around;
}
