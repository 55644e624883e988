/** A row as the driver gives it. */
export type Row = Readonly<Record<string, any>>;
export type Values = Readonly<Record<string, unknown>>;

/** What the caller can mend. */
export class Refused extends Error {
  readonly status: 401 | 403 | 404 | 409 | 412 | 422;
  readonly faults: readonly string[];

  constructor(status: Refused["status"], message: string, faults: readonly string[] = []) {
    super(message);
    this.status = status;
    this.faults = faults;
  }
}

/** A contact as it travels; names of what it points at go along, and its company where that was asked for. */
export function contactJson(row: Row): Row {
  const { company_name, owner_name, created_by_name, updated_by_name } = row;
  const names = { created_by: created_by_name, updated_by: updated_by_name, owner: owner_name, company: company_name };
  const contact: Record<string, unknown> = { _names: names };
  const company: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(row))
    if (name.startsWith("x_")) company[name.slice(2)] = value;
    else if (!name.endsWith("_name")) contact[name] = value;
  if ("x_id" in row) contact.company = row.company === null ? null : companyJson(company);
  return contact;
}

function companyJson({ created_by_name, updated_by_name, owner_name, ...company }: Row): Row {
  return { ...company, _names: { created_by: created_by_name, updated_by: updated_by_name, owner: owner_name } };
}

/** A deal as it travels. */
export function dealJson({ amount, amount_currency, ...row }: Row): Row {
  return { ...row, amount: amount === null ? null : { amount, currency: amount_currency } };
}

const isText = (most: number) => (value: unknown) => typeof value === "string" && value !== "" && value.length <= most;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const email = /^[^\s@]{1,64}@[^\s@.]+(\.[^\s@.]+)*$/;

const rules: Readonly<Record<string, (value: unknown) => boolean>> = {
  name: isText(120),
  external_id: isText(60),
  email: (value) => typeof value === "string" && value.length <= 254 && email.test(value),
  phone: isText(40),
  company: (value) => typeof value === "string" && uuid.test(value),
  city: isText(80),
  industry: (value) => value === "retail" || value === "health",
  score: (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 100,
  born: (value) => typeof value === "string" && /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value)),
};

/** The values of a contact, checked: fields that nobody may write here are unknown. */
export function checkContact(given: unknown, act: "create" | "change"): Values {
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw new Refused(422, "an object is wanted");
  const faults = Object.entries(given).flatMap(([name, value]) => {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (!rule) return [`${name} is unknown`];
    return value === null || rule(value) ? [] : [`${name} does not hold`];
  });
  const { name } = given as Values;
  if (act === "create" ? (name ?? null) === null : name === null) faults.push("name is wanted");
  if (faults.length > 0) throw new Refused(422, "invalid", faults);
  return given as Values;
}

/** What a write has changed, as history keeps it. */
export function changeOf(before: Row | undefined, after: Row, fields: readonly string[]) {
  const of = (row: Row) => Object.fromEntries(fields.map((name) => [name, row[name]]));
  return {
    id: String(after.id),
    version: Number(after.version),
    fields,
    before: before ? of(before) : null,
    after: of(after),
  };
}
