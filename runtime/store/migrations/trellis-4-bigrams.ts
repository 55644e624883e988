/** Signs of scripts that put no space between words, as PostgreSQL's expressions write them; see engine/sql/bigrams.ts. */
const signs = String.raw`\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303c\u3040-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff`;

/**
 * `trellis.bigrams` tells each such sign of a text and each two that stand beside each other: what words of one or two
 * signs are found by. Null where there are none, which is known at once of texts that have no sign of several bytes.
 */
export const statements: readonly string[] = [
  `create or replace function trellis.bigrams_of(value text) returns text[] language plpgsql immutable parallel safe as $$
   declare
     signs text[] := pg_catalog.string_to_array(pg_catalog.regexp_replace(value, '[^${signs}]+', ' ', 'g'), null);
   begin
     return (select pg_catalog.array_agg(sign) || pg_catalog.array_agg(sign || next) filter (where next <> ' ')
       from unnest(signs, signs[2:]) as pair (sign, next) where sign <> ' ');
   end $$`,
  `create or replace function trellis.bigrams(value text) returns text[] language sql immutable parallel safe as $$
     select case when pg_catalog.octet_length(value) > pg_catalog.char_length(value) then trellis.bigrams_of(value) end $$`,
];
