import {
  addressesOf,
  consentActions,
  consentChannels,
  fault,
  problem,
  refuse,
  type ConsentAction,
  type ConsentChannel,
  type ConsentState,
  type Fault,
  type RecordAddress,
  type Values,
} from "engine";
import { inspect } from "../body.ts";
import type { Connection } from "../database/pool.ts";
import { consentHistory, standingOf, writeConsents, type ConsentItem, type ConsentTold } from "./consents.ts";
import { operate, type Operated, type Scene } from "./operation.ts";
import { getRecord, list, type ReadScene } from "./read.ts";
import { isId, lockChanging, refusalsOf, rightsOf } from "./records.ts";

type Address = Pick<RecordAddress, "channel" | "address">;

/** How an address stands with a purpose, and all that was said of it, the newest first. */
interface ShownConsent extends Address {
  readonly purpose: { readonly name: string; readonly title: string; readonly description: string | null };
  readonly state: ConsentState;
  readonly history: readonly Omit<ConsentItem, "channel" | "address" | "purpose">[];
}

/** The consents of a record's person, by the addresses of hers that the reader sees, and by purpose. */
export async function consentsOfRecord(reading: ReadScene, name: string, id: string): Promise<readonly ShownConsent[]> {
  const { text } = await getRecord(reading, name, id, {});
  const entity = reading.model.entities.get(name);
  return shownOf(reading, entity ? addressesOf(entity, JSON.parse(text) as Values) : []);
}

/** Whose consent it is, where several people's are told. */
interface PersonsConsent extends ShownConsent {
  readonly person: { readonly id: string; readonly name: string | null };
}

const peopleMost = 100;

/** The consents of the people in a list of a record, as far as the reader sees them: of a hundred people at most. */
export async function consentsOfPeople(
  reading: ReadScene,
  name: string,
  id: string,
  of: string,
): Promise<readonly PersonsConsent[]> {
  await getRecord(reading, name, id, {});
  const inverse = reading.model.entities.get(name)?.inverses.get(of);
  const entity = inverse && reading.model.entities.get(inverse.entity);
  if (!entity) throw problem("document.list_unknown", { entity: name, list: of });
  const filter = `${inverse.reference.name} == '${id}'`;
  const text = await list(reading, entity.name, { filter, limit: String(peopleMost) });
  const { items } = JSON.parse(text) as { items: readonly Values[] };
  const people = items.map((record) => ({ record, addresses: addressesOf(entity, record) }));
  const addresses = people.flatMap(({ addresses }) => addresses).map((it) => [`${it.channel} ${it.address}`, it]);
  const shown = await shownOf(reading, [...new Map(addresses as [string, Address][]).values()]);
  return people.flatMap(({ record, addresses }) => {
    const person = {
      id: String(record.id),
      name: (record[entity.document.name_field ?? "id"] as string | null) ?? null,
    };
    const hers = new Set(addresses.map((it) => `${it.channel} ${it.address}`));
    return shown.filter((it) => hers.has(`${it.channel} ${it.address}`)).map((it) => ({ person, ...it }));
  });
}

/** The consents of some addresses, whoever they belong to: for every purpose, whether anything was said or not. */
export async function shownOf(reading: ReadScene, of: readonly Address[]): Promise<readonly ShownConsent[]> {
  const { model, workspace } = reading;
  const [history, standing] = await Promise.all([
    consentHistory(workspace.pool, reading, of),
    standingOf(workspace.pool, reading, of),
  ]);
  return of.flatMap(({ channel, address }) =>
    [...model.purposes.values()].map(({ $id, $anchor, title, description }) => ({
      channel,
      address,
      purpose: { name: $id, title, description: description ?? null },
      state: standing.get(`${$anchor} ${channel} ${address}`) ?? ("none" as const),
      history: history
        .filter((it) => it.purpose === $anchor && it.channel === channel && it.address === address)
        .map(({ channel: _, address: __, purpose: ___, ...it }) => it),
    })),
  );
}

/** One word on a consent as somebody gave it to the API. */
interface Given {
  readonly entity: string | undefined;
  readonly record: string | undefined;
  readonly address: string | undefined;
  readonly channel: ConsentChannel;
  readonly purpose: string;
  readonly action: ConsentAction;
  readonly source: "hand" | "import";
  readonly wording: string | undefined;
  readonly at: string | undefined;
  readonly expiresAt: string | undefined;
  readonly proof: Readonly<Record<string, unknown>> | undefined;
  readonly path: string;
}

const givenMost = 1000;
const names = [
  "entity",
  "record",
  "address",
  "channel",
  "purpose",
  "action",
  "source",
  "wording",
  "at",
  "expires_at",
  "proof",
];

/**
 * Writes down what people said of their consents otherwise: by telephone, on paper, in a file. Of a record by whoever
 * may change it; of an address alone by admins. What grants needs a proof, in the words of whoever writes it; an import
 * without one only fills in where nothing was said.
 */
export async function speakConsents(
  { workspace, principal, now }: ReadScene,
  body: unknown,
): Promise<Operated<readonly ConsentTold[]>> {
  const many = Array.isArray(body);
  const list: readonly unknown[] = many ? body : [body];
  if (list.length > givenMost) throw problem("records.too_many", { most: givenMost });
  const faults: Fault[] = [];
  inspect(body, [], faults);
  const given = list.map((it, at) => readGiven(it, many ? `/${at}` : "", now, faults));
  refuse(faults);
  return operate(workspace, principal, { kind: "consent", title: "Consent", now }, async (tx, scene) => {
    const records = await lockAll(tx, scene, given);
    const writes = given.flatMap((it) => {
      const addresses = addressesMeant(scene, it, records, faults);
      if (!scene.model.purposes.has(it.purpose))
        faults.push(fault("purpose.unknown", { purpose: it.purpose.slice(0, 80), path: `${it.path}/purpose` }));
      return addresses.map((address) => ({ ...it, address }));
    });
    refuse(faults);
    return writeConsents(tx, scene, writes);
  });
}

/** The records that are spoken of, locked, by entity and id. Throws where one is not there or may not be changed. */
async function lockAll(tx: Connection, scene: Scene, given: readonly Given[]): Promise<ReadonlyMap<string, Values>> {
  const found = new Map<string, Values>();
  const faults: Fault[] = [];
  const of = given.filter((it) => it.entity !== undefined);
  for (const [name = "", them] of Map.groupBy(of, ({ entity }) => entity)) {
    const { entity } = rightsOf(scene, name);
    const ids = [...new Set(them.map(({ record = "" }) => record))].sort();
    const rows = await lockChanging(tx, scene, entity, { ids, right: "update", trash: "without" });
    for (const { record = "", path } of them) {
      const row = rows.get(record);
      if (!row) faults.push(fault("record.missing", { entity: name, path: `${path}/record` }));
      else faults.push(...refusalsOf(entity, "update", row, [], path));
      if (row) found.set(`${name} ${record}`, row);
    }
  }
  refuse(faults);
  return found;
}

/** By which addresses: the one that is named, or the first of the record's own. */
function addressesMeant(
  scene: Scene,
  given: Given,
  records: ReadonlyMap<string, Values>,
  faults: Fault[],
): readonly string[] {
  const { entity: name, record, channel, address, path } = given;
  if (name === undefined) {
    if (scene.access && !scene.access.admin)
      throw problem("right.missing", { right: "write down the consent of an address", path });
    return address === undefined ? [] : [address];
  }
  const { entity, access } = rightsOf(scene, name);
  const row = records.get(`${name} ${record}`) ?? {};
  const own = addressesOf(entity, row).filter((it) => {
    const field = entity.fields.get(it.field);
    return it.channel === channel && field && access?.readable(field).kind !== "none";
  });
  const meant = address === undefined ? own[0] : own.find((it) => it.address === address.trim().toLowerCase());
  if (!meant) faults.push(fault("consent.address", { channel, path: `${path}/address` }));
  return meant ? [meant.address] : [];
}

function readGiven(it: unknown, path: string, now: Date, faults: Fault[]): Given {
  const given = typeof it === "object" && it !== null && !Array.isArray(it) ? (it as Record<string, unknown>) : {};
  const wrong = (wanted: string, name: string) =>
    void faults.push(fault("consent.value", { wanted, path: `${path}/${name}` }));
  for (const name of Object.keys(given))
    if (!names.includes(name)) wrong(`${names.join(", ")} alone`, name.slice(0, 80));
  const textOf = (name: string, most: number): string | undefined => {
    const value = given[name] ?? undefined;
    if (value === undefined) return undefined;
    if (typeof value === "string" && value !== "" && value.length <= most) return value;
    wrong(`a text of ${most} signs at most as \`${name}\``, name);
    return undefined;
  };
  const momentOf = (name: string): string | undefined => {
    const text = textOf(name, 40);
    const moment = text === undefined ? undefined : new Date(text);
    if (moment && (Number.isNaN(moment.getTime()) || !/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(text ?? "")))
      return void wrong("a moment with its zone", name);
    return moment?.toISOString();
  };
  const oneOf = <Value extends string>(name: string, values: readonly Value[], otherwise?: Value): Value => {
    const value = (given[name] ?? otherwise) as Value;
    if (!values.includes(value)) wrong(`\`${name}\`, one of ${values.join(", ")}`, name);
    return value;
  };
  const action = oneOf("action", consentActions);
  const source = oneOf("source", ["hand", "import"] as const, "hand");
  const [entity, record, address] = [textOf("entity", 40), textOf("record", 36), textOf("address", 254)];
  const at = momentOf("at");
  const proof = textOf("proof", 2000);
  if (entity === undefined ? address === undefined || record !== undefined : record === undefined || !isId(record))
    wrong("an `entity` and the id of its `record`, or an `address`", entity === undefined ? "address" : "record");
  if (at !== undefined && at > now.toISOString()) wrong("a moment that has been", "at");
  const grants = action === "grant" || action === "confirm";
  if (proof === undefined && grants && source === "hand") wrong("`proof`: what was said, when, and to whom", "proof");
  return {
    ...{ entity, record, address, action, source, at, path },
    channel: oneOf("channel", consentChannels, "email"),
    purpose: textOf("purpose", 40) ?? (wrong("a `purpose`", "purpose"), ""),
    wording: textOf("wording", 4000),
    expiresAt: momentOf("expires_at"),
    proof: proof === undefined ? undefined : { said: proof },
  };
}
