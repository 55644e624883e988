import { sql } from "kysely";
import type { Field } from "../model.ts";
import { tableIn, type Piece, type Target } from "./write.ts";

/** The domain of an address, as `matchText` in `engine/conversion.ts` reads it. */
const domain = "^(?:[a-z]+://)?(?:[^@/]*@)?(?:www[.])?([^/:?#]+)";

/**
 * Standing rows whose field holds one of these texts, which are in small letters; or whose field is an address in one of
 * these domains. `at` tells which of the texts, `name` is what `shown` holds.
 */
export function rowsFound(
  target: Target,
  field: Field,
  {
    as,
    texts,
    shown,
    visible,
  }: {
    readonly as: "text" | "domain";
    readonly texts: readonly string[];
    readonly shown: Field | undefined;
    readonly visible: Piece | undefined;
  },
): Piece {
  const held = sql`lower(btrim(t.${sql.id(field.name)}))`;
  const told = as === "domain" ? sql`substring(${held} from ${domain}::text)` : held;
  const name = shown ? sql`t.${sql.id(shown.name)}::text` : sql`null::text`;
  return sql`select v.at::integer - 1 as at, t.id, ${name} as name
    from unnest(${texts}::text[]) with ordinality as v(value, at) join ${tableIn(target)} as t on ${told} = v.value
    where t.deleted_at is null${visible ? sql` and coalesce(${visible}, false)` : sql``} order by v.at, t.id`;
}
