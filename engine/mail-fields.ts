import { addressesOf, type ConsentChannel } from "./consent.ts";
import type { Entity, Field } from "./model.ts";
import type { Values } from "./values.ts";

/** The fields by which a record's person is reached by e-mail: that to which her mails go, and the others. */
export interface MailFields {
  readonly main: Field;
  /** The main one first. */
  readonly all: readonly Field[];
}

/**
 * By which fields a person is known by e-mail. Her mails go to the one that her entity's document names, else to the
 * first; she is found by all of them.
 */
export function mailFieldsOf({ fields, document }: Entity): MailFields | undefined {
  const found = [...fields.values()].filter(({ type, system }) => type.reaches === "email" && !system);
  const main = found.find(({ name }) => name === document.person?.address) ?? found[0];
  return main && { main, all: [main, ...found.filter((it) => it !== main)] };
}

/** In which fields a value may stand by which a record is found: an address in each that its entity has for them, this one first. */
export function foundBy(entity: Entity, field: Field): readonly Field[] {
  const all = mailFieldsOf(entity)?.all ?? [];
  return all.includes(field) ? [field, ...all.filter((it) => it !== field)] : [field];
}

/** Values for a record that was found by another address than that of a field: those that it has stay. */
export function besideAddresses(entity: Entity, by: readonly Field[], record: Values, values: Values): Values {
  const kept = new Set(by.flatMap((field) => foundBy(entity, field)).map(({ name }) => name));
  return Object.fromEntries(
    Object.entries(values).filter(([name]) => !kept.has(name) || (record[name] ?? null) === null),
  );
}

/**
 * The addresses and numbers that a record would lose by a merge, by fields of it that are empty: those of its own that are
 * replaced by what it takes, and those of the records that go. What no empty field is left for is not kept.
 */
export function addressesKept(
  entity: Entity,
  { survivor, going, taken }: { readonly survivor: Values; readonly going: readonly Values[]; readonly taken: Values },
  may: (field: Field) => boolean,
): Values {
  const after: Values = { ...survivor, ...taken };
  const kept: Record<string, unknown> = {};
  const known = new Set(addressesOf(entity, after).map(keyOf));
  for (const from of [survivor, ...going])
    for (const { channel, address, field } of addressesOf(entity, from)) {
      const free = [...entity.fields.values()].find(
        (it) =>
          it.type.reaches === channel &&
          !it.system &&
          !it.readOnly &&
          may(it) &&
          (kept[it.name] ?? after[it.name] ?? null) === null,
      );
      if (!free || known.has(keyOf({ channel, address }))) continue;
      known.add(keyOf({ channel, address }));
      kept[free.name] = from[field];
    }
  return kept;
}

const keyOf = ({ channel, address }: { readonly channel: ConsentChannel; readonly address: string }) =>
  `${channel} ${address}`;
