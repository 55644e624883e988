/** An address that a column holds as consent is kept for it: `addressOf` in `engine/consent.ts` says the same of one value. */
export const addressSql = (channel: "email" | "phone", column: string): string =>
  channel === "email"
    ? `lower(btrim(${column}))`
    : `((case when btrim(${column}) like '+%' then '+' else '' end) || regexp_replace(${column}, '[^0-9]', '', 'g'))`;
