import type { Choice, DashboardDocument, LayoutDocument, ViewDocument, WorkflowDocument } from "schemas";
import type { Access, EntityAccess, Right } from "./access.ts";
import { checkExpression } from "./expression/check.ts";
import { hasConditions } from "./form.ts";
import { isTask } from "./invocations/index.ts";
import type { Entity, Field, Model } from "./model.ts";
import { readerScope } from "./query.ts";
import { policiesOn } from "./sla/policy.ts";
import { asideStates, stateOrder } from "./workflow/order.ts";
import { shownWorkflow } from "./workflow/shown.ts";
import { allLeavesOf, regionsOf, statesOf } from "./workflow/states.ts";

/** A field as screens need to know it. Keywords of its type stand beside these members. */
export interface DescribedField {
  readonly name: string;
  readonly title: string;
  readonly description?: string;
  /** The name of the field type, and of the widget that shows its values. */
  readonly field: string;
  readonly widget: string;
  readonly required: boolean;
  readonly readOnly: boolean;
  readonly writable: boolean;
  readonly system: boolean;
  readonly targets: readonly string[];
  readonly choices?: readonly Choice[];
  readonly workflow?: string;
  readonly region?: string;
  readonly [keyword: string]: unknown;
}

/** An entity as screens need to know it: what its reader may see of it, and do. */
export interface DescribedEntity {
  readonly name: string;
  readonly title: string;
  readonly plural: string;
  readonly icon: string;
  readonly name_field: string | null;
  readonly system: boolean;
  /** Its records may be shared one by one. */
  readonly sharing: boolean;
  /** Its records are about people, of whom what is kept can be had and erased. */
  readonly person: boolean;
  /** The template that brought it, where one did. */
  readonly template: string | null;
  readonly activity?: { readonly about: string; readonly at?: string };
  /** Its forms depend on what stands in them, on who asks or on the day: `POST /api/records/{entity}/form` says how. */
  readonly conditional: boolean;
  readonly fields: readonly DescribedField[];
  readonly inverses: readonly { name: string; entity: string; reference: string; title: string }[];
  readonly rights: Readonly<Record<Right, boolean>>;
}

/** The model as one reader may know it: an entity or a field that she never reads is not there. */
export interface Description {
  readonly version: number;
  readonly entities: readonly DescribedEntity[];
  readonly views: readonly ViewDocument[];
  readonly layouts: readonly LayoutDocument[];
  /** With the keys of the leaves in the order of a board; those of regions beside the main one by the region. */
  readonly workflows: readonly (WorkflowDocument & {
    readonly order: readonly string[];
    /** The keys of the leaves beside the way: a pause, from which a record goes on where it stood. */
    readonly aside: readonly string[];
    readonly regions: Readonly<Record<string, readonly string[]>>;
  })[];
  readonly templates: readonly { name: string; title: string; version: string }[];
  /** What records that she may change can become. */
  readonly conversions: readonly { name: string; title: string; entity: string; into: readonly string[] }[];
  /** Reports about what its reader may read, and dashboards of them. */
  readonly reports: readonly DescribedReport[];
  readonly dashboards: readonly DashboardDocument[];
  /** Whether workflows of what its reader may read have people do something. */
  readonly tasks: boolean;
  /** Whether records of what its reader may read wait in queues. */
  readonly queues: boolean;
  /** Whether rules say which records are alike of those that its reader may change. */
  readonly duplicates: boolean;
}

const rights: readonly Right[] = ["create", "read", "update", "delete", "export", "bypass"];

/** Describes a model to whoever has this access. `origins` names the template of each document, by anchor. */
export function describeModel(model: Model, access: Access, origins: ReadonlyMap<string, string>): Description {
  const readable = [...model.entities.values()].flatMap((entity) => {
    const own = access.entity(entity.name);
    return own && own.rule("read").kind !== "none" ? [own] : [];
  });
  const names = new Set(readable.map(({ entity }) => entity.name));
  return {
    version: model.version,
    entities: readable
      .toSorted((one, other) => byOrder(one.entity.document, other.entity.document))
      .map((own) => describeEntity(model, access, own, origins.get(own.entity.anchor) ?? null)),
    views: [...model.views.values()]
      .filter(({ entity }) => names.has(entity))
      .map((view) => visibleView(model, access, view))
      .sort(byOrder),
    layouts: [...model.layouts.values()]
      .filter(({ entity }) => names.has(entity))
      .map((layout) => visibleLayout(access, layout)),
    workflows: [...model.workflows.values()].flatMap((workflow) => {
      const shown = shownWorkflow(access, workflow);
      return shown ? [describeWorkflow(workflow, shown)] : [];
    }),
    templates: [...model.templates.values()].map(({ $id, title, version }) => ({ name: $id, title, version })),
    conversions: [...model.conversions.values()]
      .filter(({ entity }) => names.has(entity) && access.entity(entity)?.rule("update").kind !== "none")
      .map(({ $id, title, entity, makes }) => {
        const into = makes.flatMap((made) => made.into ?? []).filter(visiblePath(access, entity));
        return { name: $id, title, entity, into };
      }),
    ...describeReports(model, names),
    duplicates: [...model.duplicateRules.values()].some(
      ({ entity }) => names.has(entity) && access.entity(entity)?.rule("update").kind !== "none",
    ),
    queues: [...model.queues.values()].some(({ entity }) => names.has(entity)),
    tasks: [...model.workflows.values()].some((it) => names.has(it.meta.entity) && hasTasks(it)),
  };
}

/** A report as screens need to know it before it is run. */
export interface DescribedReport {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly source: string;
  readonly kind: string;
  /** Whether it counts what lies in a period, which can be chosen. */
  readonly period: boolean;
}

/** Reports of entities that their reader sees, and dashboards with those of their cards and filters that are left. */
function describeReports(model: Model, names: ReadonlySet<string>) {
  const reports = [...model.reports.values()].filter(({ source, joined = [], attribution }) =>
    [source, ...[...joined, ...(attribution?.touches ?? [])].map((it) => it.source)].every((it) => names.has(it)),
  );
  const seen = new Set(reports.map(({ $id }) => $id));
  const dashboards = [...model.dashboards.values()].map((it) => ({
    ...it,
    cards: it.cards.filter(({ report, view }) =>
      report === undefined ? names.has(model.views.get(view ?? "")?.entity ?? "") : seen.has(report),
    ),
    filters: (it.filters ?? []).filter(({ source }) => names.has(source)),
  }));
  return {
    reports: reports.map(({ $id, title, description = "", source, layout, period }) => ({
      name: $id,
      title,
      description,
      source,
      kind: layout.kind,
      period: period !== undefined,
    })),
    dashboards: dashboards.filter(({ cards }) => cards.length > 0),
  };
}

const hasTasks = (workflow: WorkflowDocument) =>
  statesOf(workflow).some(({ state }) => state.invoke && isTask(state.invoke.src));

/** The order is read off the whole document: what is beside the way is told by moves that not everybody makes. */
function describeWorkflow(whole: WorkflowDocument, shown: WorkflowDocument): Description["workflows"][number] {
  const there = new Set(allLeavesOf(shown).map(({ key }) => key));
  const of = (keys: readonly string[]) => keys.filter((key) => there.has(key));
  const regions = Object.entries(regionOrders(whole)).map(([region, keys]) => [region, of(keys)] as const);
  return {
    ...shown,
    order: of(stateOrder(whole)),
    aside: of(asideStates(whole)),
    regions: Object.fromEntries(regions.filter(([, keys]) => keys.length > 0)),
  };
}

/** The leaves of each region beside the main one, as `order` has them. */
function regionOrders(workflow: WorkflowDocument): Readonly<Record<string, readonly string[]>> {
  const beside = regionsOf(workflow).filter(({ state }) => state.meta.main !== true);
  return Object.fromEntries(beside.map(({ key }) => [key, stateOrder(workflow, key)]));
}

function describeEntity(model: Model, access: Access, own: EntityAccess, template: string | null): DescribedEntity {
  const { entity } = own;
  const { icon = "", activity } = entity.document;
  const fields = [...entity.fields.values()].filter((field) => own.readable(field).kind !== "none");
  const seen = new Set(fields.map(({ name }) => name));
  return {
    name: entity.name,
    title: entity.title,
    plural: entity.plural,
    icon,
    name_field: entity.nameField && seen.has(entity.nameField.name) ? entity.nameField.name : null,
    system: entity.system,
    sharing: entity.document.sharing === true,
    person: entity.document.person !== undefined,
    template,
    ...(activity && seen.has(activity.about) ? { activity: activityOf(activity) } : {}),
    conditional: hasConditions(model, entity),
    fields: fields.map((field) => ({
      ...describeField(own, field),
      ...promisedBy(model, field),
      ...unratedBeside(field, fields),
    })),
    inverses: inversesOf(model, access, entity),
    rights: Object.fromEntries(rights.map((right) => [right, own.rule(right).kind !== "none"])) as Record<
      Right,
      boolean
    >,
  };
}

const activityOf = ({ about, at }: { readonly about: string; readonly at?: string }) => ({
  about,
  ...(at === undefined ? {} : { at }),
});

/** What only the engine needs of a property stays with it. */
const kept = new Set([
  "$anchor",
  "unique",
  "value",
  "where",
  "name",
  "visible_when",
  "when_hidden",
  "required_when",
  "offers",
]);

function describeField(own: EntityAccess, field: Field): DescribedField {
  const keywords = Object.entries(field.property).filter(([key]) => !kept.has(key));
  const writable = !field.readOnly && own.writable(field).kind !== "none";
  return {
    ...Object.fromEntries(keywords),
    name: field.name,
    title: field.title,
    field: field.type.name,
    widget: field.type.widget,
    required: field.required && !field.type.computed,
    readOnly: field.readOnly,
    writable,
    system: field.system,
    targets: field.targets,
  };
}

/** The roll-up that tells how many of the same records have no rate, and count in no sum therefore. */
function unratedBeside({ type, property }: Field, all: readonly Field[]): object {
  if (type.name !== "rollup" || property.currency === undefined || property.measure === "unrated") return {};
  const inputs = (it: Field["property"]) => JSON.stringify([it.of, it.value, it.where, it.currency, it.on]);
  const beside = all.find((it) => it.property.measure === "unrated" && inputs(it.property) === inputs(property));
  return beside ? { unrated: beside.name } : {};
}

/** The clock that a field shows, where it shows one: by its name, or the next of all. */
function promisedBy(model: Model, { entity, name }: Field): object {
  const documents = policiesOn(model, entity).map(({ document }) => document);
  const own = documents.flatMap(({ clocks }) => clocks).find(({ due }) => due === name);
  if (own) return { promised: { entity, clock: own.name } };
  return documents.some(({ due }) => due === name) ? { promised: { entity } } : {};
}

/**
 * Lists of records that the reader may see by references that she may see. Where several of one entity's lead here, each
 * list says by which.
 */
function inversesOf(model: Model, access: Access, entity: Entity): DescribedEntity["inverses"] {
  const seen = [...entity.inverses.values()].filter(({ entity: child, reference }) => {
    const of = access.entity(child);
    return of && of.rule("read").kind !== "none" && of.readable(reference).kind !== "none";
  });
  const by = Map.groupBy(seen, (it) => it.entity);
  return seen.map(({ name, entity: child, reference }) => {
    const plural = model.entities.get(child)?.plural ?? child;
    const title = by.get(child)!.length > 1 ? `${plural} · ${reference.title}` : plural;
    return { name, entity: child, reference: reference.name, title };
  });
}

/** A layout without fields that its reader never sees, and without what decides about its sections. */
function visibleLayout(access: Access, layout: LayoutDocument): LayoutDocument {
  const visible = visiblePath(access, layout.entity);
  const sections = layout.sections?.map(({ visible_when: _, ...section }) => ({
    ...section,
    fields: section.fields.filter(visible),
  }));
  const lists = { facts: layout.facts?.filter(visible), quick_create: layout.quick_create?.filter(visible) };
  const inverses = access.entity(layout.entity)?.entity.inverses;
  const related = layout.related?.map(({ list, columns }) => ({
    list,
    ...(columns ? { columns: columns.filter(visiblePath(access, inverses?.get(list)?.entity ?? "")) } : {}),
  }));
  const timeline = layout.timeline?.filter(({ list }) => {
    const inverse = inverses?.get(list);
    return inverse !== undefined && visiblePath(access, inverse.entity)(inverse.reference.name);
  });
  const { banners: _, ...told } = layout;
  const given = Object.entries({ ...lists, sections, related, timeline }).filter(([, value]) => value !== undefined);
  return { ...told, ...(Object.fromEntries(given) as Partial<LayoutDocument>) };
}

/** Whether a path of an entity begins with a field that its reader may see. */
function visiblePath(access: Access, entity: string): (path: string) => boolean {
  const own = access.entity(entity);
  return (path) => {
    const field = own?.entity.fields.get(path.split(".")[0] ?? "");
    return field !== undefined && own?.readable(field).kind !== "none";
  };
}

/** A view without the columns and the colours that are made of what its reader never sees. */
function visibleView(model: Model, access: Access, view: ViewDocument): ViewDocument {
  const visible = visiblePath(access, view.entity);
  const scope = readerScope(model, access, view.entity);
  const told = view.colours?.filter(({ when }) => checkExpression(when.cel, scope).faults.length === 0);
  return {
    ...view,
    ...(view.columns ? { columns: view.columns.filter(visible) } : {}),
    ...(told ? { colours: told } : {}),
  };
}

const byOrder = (one: Pick<ViewDocument, "order">, other: Pick<ViewDocument, "order">) =>
  (one.order ?? 1000) - (other.order ?? 1000);
