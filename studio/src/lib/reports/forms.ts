import { leavesOf, type Entity, type Field, type Model } from "engine";
import type { ReportAttribution, ReportCustomers, ReportDocument, ReportTouch, ReportWaterfall } from "schemas";

type Kind = ReportDocument["layout"]["kind"];

/** Kinds that answer a question of their own, and say it in a member of the same name. */
const forms = ["waterfall", "customers", "attribution"] as const;
type Form = (typeof forms)[number];

/** How shares can be made, in the order in which they are offered. Shaped as a W they differ from a U nowhere in reports. */
export const shareModels = ["first", "last", "linear", "u_shaped", "time_decay"] as const;

const isForm = (kind: Kind): kind is Form => (forms as readonly string[]).includes(kind);

/** The form of a report that answers a question of its own; nothing where it groups and measures. */
export const formOf = (report: ReportDocument): Form | undefined => forms.find((it) => report[it] !== undefined);

/**
 * A report shown as another kind. What groups and measures becomes a question of its own and back: that begins with what
 * its entity most likely means by it, and what it has no use for goes.
 */
export function shownAs(report: ReportDocument, kind: Kind, model: Model): ReportDocument {
  const { waterfall: _waterfall, customers: _customers, attribution, ...rest } = report;
  const layout = { ...report.layout, kind };
  if (kind === formOf(report)) return { ...report, layout };
  if (!isForm(kind)) {
    const { joined, ...own } = rest;
    const measured = attribution ? [] : rest.measures;
    return {
      ...own,
      ...(joined && !attribution ? { joined } : {}),
      layout,
      measures: measured.length === 0 ? [{ id: "n", agg: "count" }] : measured,
    };
  }
  const { $schema, $id, $anchor, title, description, source, filter, period, converted } = rest;
  const entity = model.entities.get(source);
  const own = {
    ...{ $schema, $id, $anchor, title, source, measures: [], layout: { kind } },
    ...(description === undefined ? {} : { description }),
    ...(filter ? { filter } : {}),
    ...(converted ? { converted } : {}),
  };
  if (kind === "waterfall")
    return { ...own, waterfall: fallsOf(entity, model), period: period ?? { unit: "quarter", from: 0, to: 0 } };
  const asked = period?.path === undefined ? {} : { period };
  return kind === "customers"
    ? { ...own, ...asked, customers: buyersOf(entity, period) }
    : { ...own, ...asked, attribution: sharesOf(entity, model, period) };
}

const fieldsOf = (entity: Entity | undefined): readonly Field[] => [...(entity?.fields.values() ?? [])];
const isDate = ({ type }: Field) => ["date", "date_time"].includes(type.name);
const amountOf = (entity: Entity | undefined) => fieldsOf(entity).find(({ type }) => type.name === "money")?.name;
/** The day by which a report chooses its records, else the last that people set on them, else that on which they were made. */
const dayOf = (entity: Entity | undefined, period: ReportDocument["period"]) =>
  period?.path ?? fieldsOf(entity).findLast((it) => isDate(it) && !it.system)?.name ?? "created_at";

/** The first amount of an entity, and the states of its first workflow by how they end. */
function fallsOf(entity: Entity | undefined, model: Model): ReportWaterfall {
  const state = entity?.stateFields.find(({ property }) => property.region === undefined);
  const workflow = model.workflows.get(String(state?.property.workflow));
  const leaves = workflow ? leavesOf(workflow) : [];
  const where = (keys: readonly string[]) => ({
    cel: state && keys.length > 0 ? `${state.name} in [${keys.map((it) => `'${it}'`).join(", ")}]` : "false",
  });
  const ended = (outcome: string) => leaves.filter(({ state }) => state.meta.outcome === outcome).map(({ key }) => key);
  const open = leaves.filter(({ state }) => !state.tags?.includes("end")).map(({ key }) => key);
  return {
    amount: { cel: amountOf(entity) ?? "1" },
    open: where(open),
    won: where(ended("won")),
    lost: where(ended("lost")),
  };
}

/** Whom an entity's records lead to first, the day that is set on them, and their amount. */
function buyersOf(entity: Entity | undefined, period: ReportDocument["period"]): ReportCustomers {
  const customer = fieldsOf(entity).find(({ targets, system }) => targets.length > 0 && !system);
  return { path: customer?.name ?? "id", date: dayOf(entity, period), amount: { cel: amountOf(entity) ?? "1" } };
}

/** What an amount of an entity is shared among at first, under the name of what the shares go to. */
function sharesOf(entity: Entity | undefined, model: Model, period: ReportDocument["period"]): ReportAttribution {
  const touch = touchOf(entity, model);
  const title = model.entities.get(touch.source)?.fields.get(touch.by)?.title;
  return {
    ...(title === undefined ? {} : { title }),
    amount: { cel: amountOf(entity) ?? "1" },
    date: dayOf(entity, period),
    models: ["first", "last", "linear", "u_shaped"],
    touches: [touch],
  };
}

/**
 * What most likely touched a customer before: records that point at what is shared or, like it, at the same other, and
 * that say by a choice or a reference whence they come. Where none do, each record is its own touch.
 */
export function touchOf(entity: Entity | undefined, model: Model): ReportTouch {
  const own = fieldsOf(entity).filter(({ targets, system }) => targets.length > 0 && !system);
  const among = [...model.entities.values()].filter((it) => !it.system && it !== entity);
  const found = among.flatMap((source): ReportTouch[] => {
    const pointing = fieldsOf(source).filter(({ targets, system }) => targets.length === 1 && !system);
    const direct = pointing.find(({ targets }) => entity !== undefined && targets.includes(entity.name));
    const [shared, of] = own.flatMap((key): (readonly [Field, Field])[] => {
      const same = pointing.find(({ targets }) => targets.some((it) => key.targets.includes(it)));
      return same ? [[key, same]] : [];
    })[0] ?? [undefined, undefined];
    const met = direct ?? of;
    const by = fieldsOf(source).find((it) => it !== met && !it.system && saysWhence(it));
    if (!met || !by) return [];
    const key = direct || !shared ? {} : { key: shared.name };
    return [{ source: source.name, of: met.name, ...key, by: by.name, date: "created_at" }];
  });
  const whence = fieldsOf(entity).find((it) => !it.system && saysWhence(it));
  return (
    found.find(({ key }) => key === undefined) ??
    found[0] ?? { source: entity?.name ?? "", of: "id", by: whence?.name ?? "id", date: "created_at" }
  );
}

const saysWhence = ({ type, property }: Field) => type.type(property).kind === "choice";
