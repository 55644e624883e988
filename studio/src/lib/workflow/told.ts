import { actions, invocationOf, type Model, type WorkflowMove, type WorkflowPlace } from "engine";
import type { Action, Delay, Invocation, WorkflowDocument } from "schemas";
import { words } from "../words/index.ts";

/** An action in a few words: what it does, and to what. */
export function actionTitle({ type, params = {} }: Action, model: Model | undefined): string {
  const preset = [...(model?.templates.values() ?? [])].flatMap(({ presets }) => presets?.[type] ?? [])[0];
  const label = words.actionNames[type] ?? preset?.title ?? type;
  const what = [params.title, (params.values as Record<string, unknown> | undefined)?.title].find(Boolean);
  const names = Object.keys((params.set ?? {}) as object);
  if (typeof what === "string") return `${label}: ${what}`;
  return names.length > 0 ? `${label}: ${names.join(", ")}` : label;
}

/** Effects that actions of other names ask for. */
const askedBy: Readonly<Record<string, string>> = { "record.change": "record.update", "rotation.turn": "assign" };

/** What plays count of what would go out or be made (`record.create task`), in words. */
export function effectTitle(counted: string, model: Model | undefined): string {
  const [type = "", name] = counted.split(" ");
  const titled = type === "message.send" ? model?.messages.get(name ?? "") : model?.entities.get(name ?? "");
  const params = name === undefined ? {} : { title: titled?.title ?? name };
  return actionTitle({ type: askedBy[type] ?? type, params }, model);
}

/** What a state invokes, in a few words: what it is, and of what. */
export function invocationTitle({ src, input = {} }: Invocation, model: Model | undefined): string {
  const { type, workflow } = invocationOf(src);
  const named = workflow === undefined ? input.title : (model?.workflows.get(workflow)?.meta.title ?? workflow);
  const said = typeof named === "string" ? named : (named as { cel?: string } | undefined)?.cel;
  const label = words.invocationNames[type.name] ?? type.label;
  return said === undefined ? label : `${label}: ${said}`;
}

/** The sign of what a state invokes. */
export const invocationIcon = ({ src }: Invocation): string => invocationOf(src).type.icon;

/** A transition in a few words: its title, or what takes it. */
export function moveTitle({ transition, event, invoked }: WorkflowMove): string {
  const itself = invoked ? words.invokedEnds[invoked] : words.byItself;
  return transition.meta.title ?? event ?? itself;
}

/** The sign of an action. */
export function actionIcon({ type }: Action, model: Model | undefined): string {
  const known = (actions as Record<string, { icon: string }>)[type];
  const preset = [...(model?.templates.values() ?? [])].flatMap(({ presets }) => presets?.[type] ?? [])[0];
  return known?.icon ?? preset?.icon ?? "zap";
}

const span = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$/;

/** A span of one unit, as people enter it; nothing for other spans. */
export function spanOf(duration: string | undefined): { n: number; unit: "D" | "H" | "M" } | undefined {
  const [, days, hours, minutes] = span.exec(duration ?? "") ?? [];
  const given = (
    [
      ["D", days],
      ["H", hours],
      ["M", minutes],
    ] as const
  ).filter(([, n]) => n !== undefined);
  const [one] = given;
  return one && given.length === 1 ? { n: Number(one[1]), unit: one[0] } : undefined;
}

/** ISO 8601 of a span of one unit. */
export function durationOf(n: number, unit: "D" | "H" | "M"): string {
  return unit === "D" ? `P${n}D` : `PT${n}${unit}`;
}

/** A number of things as somebody types it: whole, and at least one. */
export const whole = (text: string): number | undefined => (/^[1-9]\d{0,4}$/.test(text) ? Number(text) : undefined);

/** A wait in words: its title, or how long it is. */
export function waitTitle(document: WorkflowDocument, name: string): string {
  const delay: Delay | undefined = document.meta.delays?.[name];
  return delay?.title ?? delay?.duration ?? delay?.until ?? name;
}

/** The title of the state around, to say where a transition leaves from. */
export const aroundTitle = (place: WorkflowPlace | undefined) => place?.node.meta.title;
