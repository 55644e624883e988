import { Decimal } from "decimal.js";
import type { Type } from "../expression/type.ts";
import { evaluate, type Environment } from "../expression/evaluate.ts";
import { choicesOf, type Model } from "../model.ts";
import type { GroupKey } from "../report.ts";
import { stateOrder } from "../workflow/order.ts";
import { statesOf } from "../workflow/states.ts";
import type { Worked } from "./worked.ts";

type Values = Record<string, unknown>;

/** A measure as a number to be put in order by. */
export function sortable(value: unknown): number | null {
  const amount = typeof value === "object" && value !== null && "amount" in value ? value.amount : value;
  const number = amount === null || amount === undefined || Array.isArray(amount) ? Number.NaN : Number(amount);
  return Number.isNaN(number) ? null : number;
}

/** Values with those that are worked out of them. Of amounts in several currencies nothing is. */
export function withWorked(
  worked: readonly Worked[],
  values: Values,
  environment: Pick<Environment, "now" | "today">,
): Values {
  const known = { ...values };
  const single = (value: unknown) => (Array.isArray(value) ? null : value);
  for (const { id, formula, ratio } of worked) {
    const read = Object.fromEntries(Object.entries(known).map(([name, value]) => [name, single(value)]));
    known[id] = formula
      ? evaluate(formula, { ...read, ...environment } as Environment)
      : divided(known[ratio![0]], known[ratio![1]]);
  }
  return known;
}

/** One measure for each of another, to twelve places; of two currencies, and by nothing, there is none. */
function divided(over: unknown, under: unknown): unknown {
  const [one, other] = [over, under].map((it) => moneyOf(it));
  if (!one || !other || Number(other.amount) === 0) return null;
  if (one.currency !== undefined && other.currency !== undefined && one.currency !== other.currency) return null;
  const amount = new Decimal(one.amount).div(other.amount).toDecimalPlaces(12).toFixed();
  return one.currency !== undefined && other.currency === undefined ? { amount, currency: one.currency } : amount;
}

function moneyOf(value: unknown): { amount: string; currency?: string } | undefined {
  if (value === null || value === undefined || Array.isArray(value)) return undefined;
  return typeof value === "object" ? (value as { amount: string; currency: string }) : { amount: String(value) };
}

/** A group's value as people read it in the model's language; null where it has none. */
export function labelOf(model: Model, key: GroupKey | undefined, value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "object" && "name" in value) return typeof value.name === "string" ? value.name : null;
  const field = key?.path.at(-1)?.field;
  return told(model, field?.entity, field?.name, key?.type).find((it) => it.value === value)?.title ?? String(value);
}

/** The values of a choice or of a state in their order, as they are called. */
export function told(
  model: Model,
  entity: string | undefined,
  name: string | undefined,
  type: Type | undefined,
): readonly { value: string; title: string }[] {
  const field = model.entities.get(entity ?? "")?.fields.get(name ?? "");
  if (type?.kind === "choice" && field) return choicesOf(model, field.property);
  const workflow = type?.kind === "state" ? model.workflows.get(type.workflow) : undefined;
  if (!workflow || type?.kind !== "state") return [];
  const states = statesOf(workflow);
  return stateOrder(workflow, type.region).map((value) => ({
    value,
    title: states.find(({ key }) => key === value)?.state.meta.title ?? value,
  }));
}
