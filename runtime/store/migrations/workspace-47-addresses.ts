import { identifier } from "engine/sql";

/**
 * E-mail addresses are kept in small letters. Of those that only capitals told apart each stays as it is: they are two
 * records of one person, which people join.
 */
export const found = {
  read: `select d.name as entity, p.key as field
     from {ws}._document d cross join json_each(d.body -> 'properties') p
     where d.kind = 'entity' and p.value ->> 'field' = 'email' and to_regclass(format('{ws}.%I', d.name)) is not null
     union select 'user', 'email' where to_regclass('{ws}."user"') is not null`,
  write: (row: Readonly<Record<string, string>>): string => {
    const [table, column] = [`{ws}.${identifier(row.entity ?? "")}`, identifier(row.field ?? "")];
    return `update ${table} t set ${column} = lower(btrim(${column})) where ${column} <> lower(btrim(${column}))
      and not exists (select 1 from ${table} o where o.id <> t.id and lower(btrim(o.${column})) = lower(btrim(t.${column})))`;
  },
};
