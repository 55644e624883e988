/**
 * What texts are compared by where they need not be equal: without the case and the width of letters; and without blanks,
 * as far as an index holds it, or in their digits alone. Null where nothing is left.
 */
export const statements: readonly string[] = [
  `create or replace function trellis.similar_key(value text) returns text language sql immutable parallel safe as $$
     select nullif(pg_catalog.lower(pg_catalog.btrim(pg_catalog.normalize(value, 'NFKC'))), '') $$`,
  `create or replace function trellis.same_key(value text) returns text language sql immutable parallel safe as $$
     select nullif(pg_catalog.left(pg_catalog.regexp_replace(pg_catalog.lower(pg_catalog.normalize(value, 'NFKC')), '\\s+', '', 'g'), 400), '') $$`,
  `create or replace function trellis.digits_key(value text) returns text language sql immutable parallel safe as $$
     select nullif(pg_catalog.left(pg_catalog.ltrim(pg_catalog.regexp_replace(pg_catalog.normalize(value, 'NFKC'), '[^0-9]+', '', 'g'), '0'), 400), '') $$`,
];
