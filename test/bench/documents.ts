import type { AnyDocument, EntityDocument, Property, RoleDocument, Transition, WorkflowDocument } from "schemas";

const entity = (name: string, nameField: string, properties: EntityDocument["properties"]): EntityDocument => ({
  $schema: "urn:trellis:entity:1",
  $id: name,
  $anchor: `ent_${name}`,
  type: "object",
  title: name,
  name_field: nameField,
  properties,
  required: [nameField],
});

const property = (name: string, rest: Omit<Property, "$anchor" | "title">): Property =>
  ({ $anchor: `fld_${name}`, title: name, ...rest }) as Property;

const choices = (...values: string[]) => values.map((value) => ({ value, title: value }));

/** Contacts, as many as the run wants; `more` are the fields that publishing adds. */
export const contact = (more: Readonly<Record<string, Property>> = {}): EntityDocument =>
  entity("contact", "name", {
    name: property("name", { field: "text", maxLength: 120 }),
    external_id: property("external_id", { field: "text", maxLength: 60, unique: true }),
    email: property("email", { field: "email" }),
    phone: property("phone", { field: "text", maxLength: 40 }),
    company: property("company", { field: "reference", to: "company", inverse: "contacts", on_delete: "restrict" }),
    city: property("city", { field: "text", maxLength: 80 }),
    industry: property("industry", { field: "select", choices: choices("retail", "health") }),
    score: property("score", { field: "integer", minimum: 0, maximum: 100 }),
    born: property("born", { field: "date" }),
    income: property("income", { field: "money" }),
    remark: property("remark", { field: "long_text" }),
    ...more,
  });

const move = (id: string, title: string, target: string, guard?: string): [Transition] => [
  {
    target,
    ...(guard === undefined ? {} : { guard: { type: "expr", params: { cel: guard } } }),
    meta: { id, title },
  } as Transition,
];

const workflow: WorkflowDocument = {
  $schema: "urn:trellis:workflow:1",
  id: "deal_flow",
  initial: "open",
  context: {},
  states: {
    open: {
      on: { "deal.advance": move("tr_advance", "Advance", "offered", "record.amount.amount > 0") },
      meta: { id: "st_open", title: "Open" },
    },
    offered: {
      on: { "deal.back": move("tr_back", "Back", "open"), "deal.win": move("tr_win", "Win", "won") },
      meta: { id: "st_offered", title: "Offered" },
    },
    won: { tags: ["end"], meta: { id: "st_won", title: "Won", outcome: "won" } },
  },
  meta: {
    id: "wf_deal",
    title: "Deals",
    format: "wf/1",
    kind: "pipeline",
    entity: "deal",
    events: Object.fromEntries(
      ["deal.advance", "deal.back", "deal.win"].map((type) => [type, { title: type, source: "user" as const }]),
    ),
  },
};

const role: RoleDocument = {
  $schema: "urn:trellis:role:1",
  $id: "rep",
  $anchor: "role_rep",
  title: "Rep",
  entities: {
    company: { read: "all" },
    contact: {
      create: "team",
      read: "team",
      update: "team",
      fields: { income: { read: "none", write: "none" }, remark: { read: "none", write: "none" } },
    },
    deal: { create: "team", read: "team", update: "team" },
  },
};

/** The same without rights that bound anything: what rights cost is the difference. */
const free: RoleDocument = {
  ...role,
  $id: "free",
  $anchor: "role_free",
  title: "Free",
  entities: Object.fromEntries(
    ["company", "contact", "deal"].map((name) => [name, { create: "all", read: "all", update: "all" }]),
  ),
};

/** What both servers serve. */
export const documents: readonly AnyDocument[] = [
  entity("company", "name", {
    name: property("name", { field: "text", maxLength: 120 }),
    city: property("city", { field: "text", maxLength: 80 }),
  }),
  contact(),
  entity("deal", "title", {
    title: property("title", { field: "text", maxLength: 120 }),
    contact: property("contact", { field: "reference", to: "contact", inverse: "deals", on_delete: "restrict" }),
    amount: property("amount", { field: "money", minimum: 0 }),
    close_date: property("close_date", { field: "date" }),
    stage: property("stage", { field: "state", workflow: "deal_flow" }),
  }),
  workflow,
  role,
  free,
];
