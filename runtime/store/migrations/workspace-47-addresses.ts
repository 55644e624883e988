/**
 * E-mail addresses are kept in small letters. Of those that only capitals told apart each stays as it is: they are two
 * records of one person, which people join.
 */
export const statements: readonly string[] = [
  `do $$ declare it record; begin
     for it in
       select format('{ws}.%I', d.name) as of, quote_ident(p.key) as field
         from {ws}._document d cross join json_each(d.body -> 'properties') p
         where d.kind = 'entity' and p.value ->> 'field' = 'email' and to_regclass(format('{ws}.%I', d.name)) is not null
       union select '{ws}."user"', 'email' where to_regclass('{ws}."user"') is not null
     loop
       execute replace(replace('update $of t set $field = lower(btrim($field)) where $field <> lower(btrim($field))
         and not exists (select 1 from $of o where o.id <> t.id and lower(btrim(o.$field)) = lower(btrim(t.$field)))',
         '$of', it.of), '$field', it.field);
     end loop;
   end $$`,
];
