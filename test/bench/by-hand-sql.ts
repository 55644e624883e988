/** The statements of the server by hand. `$1` is who asks; rows are hers by the scope of her teams. */

const theirs = `any(array(select $1::uuid union
  select b."user" from ws_main.user_team a join ws_main.user_team b on b.team = a.team
    where a."user" = $1 and a.deleted_at is null and b.deleted_at is null union
  select u.id from ws_main."user" u where u.manager = $1 and u.deleted_at is null))`;

const own = (alias: string, names: readonly string[]) => names.map((name) => `${alias}.${name}`).join(", ");

const system = ["id", "created_at", "created_by", "updated_at", "updated_by", "owner", "version", "deleted_at"];
const fields = ["name", "external_id", "email", "phone", "company", "city", "industry", "score", "born"];
const columns = [...system, ...fields];

const named = `co.name as company_name, o.name as owner_name, cb.name as created_by_name, ub.name as updated_by_name`;
const joins = `left join ws_main.company co on co.id = c.company and co.deleted_at is null
  left join ws_main."user" o on o.id = c.owner and o.deleted_at is null
  left join ws_main."user" cb on cb.id = c.created_by and cb.deleted_at is null
  left join ws_main."user" ub on ub.id = c.updated_by and ub.deleted_at is null`;

const companyColumns = [...system, "name", "city"];
const expanded = `, ${companyColumns.map((name) => `co.${name} as x_${name}`).join(", ")},
  xb.name as x_created_by_name, xu.name as x_updated_by_name, xo.name as x_owner_name`;
const further = `left join ws_main."user" xb on xb.id = co.created_by and xb.deleted_at is null
  left join ws_main."user" xu on xu.id = co.updated_by and xu.deleted_at is null
  left join ws_main."user" xo on xo.id = co.owner and xo.deleted_at is null`;

export const who = `select u.id, u.roles from trellis.api_key k join ws_main."user" u on u.id = k."user"
  where k.hash = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())
    and u.active and u.deleted_at is null`;

export const contactById = (expand: boolean) =>
  `select ${own("c", columns)}, ${named}${expand ? expanded : ""} from ws_main.contact c ${joins} ${expand ? further : ""}
   where c.id = $2 and c.owner = ${theirs}`;

export const contactList = (where: readonly string[], limit: number, expand: boolean) =>
  `select ${own("c", columns)}, ${named}${expand ? expanded : ""} from ws_main.contact c ${joins} ${expand ? further : ""}
   where c.deleted_at is null and c.owner = ${theirs}${where.map((it) => ` and ${it}`).join("")}
   order by c.created_at desc nulls last, c.id limit ${limit}`;

export const searched = (pattern: string) =>
  `(${["name", "external_id", "email", "phone", "city"].map((name) => `c.${name} ilike ${pattern}`).join(" or ")})`;

export const dealsByStage = `select stage, count(*) as n, trim_scale(sum(amount))::text as amount
  from ws_main.deal where deleted_at is null and owner = ${theirs} group by stage order by stage`;

/** Contacts that were written, as they are read: with the names of what they point at. */
const readBack = (written: string) =>
  `with c as (${written} returning *) select ${own("c", columns)}, ${named} from c ${joins}`;

export const createContacts = readBack(`insert into ws_main.contact
    (id, created_at, created_by, updated_at, updated_by, owner, version, ${fields.join(", ")})
  select r.id, $2, $3, $2, $3, r.owner, 1, ${own("r", fields)}
  from jsonb_to_recordset($1::jsonb) as r(id uuid, owner uuid, name text, external_id text, email text, phone text,
    company uuid, city text, industry text, score integer, born date)`);

export const lockContact = `select ${own("c", columns)} from ws_main.contact c
  where c.id = $2 and c.deleted_at is null and c.owner = ${theirs} for update`;

export const changeContact = (names: readonly string[]) =>
  readBack(`update ws_main.contact set version = version + 1, updated_at = $2, updated_by = $3,
     ${names.map((name, at) => `${name} = $${at + 4}`).join(", ")} where id = $1`);

const dealColumns = [...system, "title", "contact", "amount", "amount_currency", "close_date", "stage"];

export const lockDeal = `select ${own("d", dealColumns)} from ws_main.deal d
  where d.id = $2 and d.deleted_at is null and d.owner = ${theirs} for update`;

export const moveDeal = `update ws_main.deal d set version = version + 1, updated_at = $2, updated_by = $3, stage = $4
  where id = $1 returning ${own("d", dealColumns)}`;

export const moveRun = `update ws_main._run set state = $2, value = $3::jsonb, revision = revision + 1, entered_at = $4
  where record = $1 returning id, revision`;

export const journal = `insert into ws_main._journal
    (run, revision, operation, at, by, event, from_state, to_state, transitions, effects)
  values ($1, $2, $3, $4, $5, $6, $7, $8, '[]', '[]')`;

export const history = `insert into ws_main._history
    (id, entity, record, operation, act, version, at, recorded_at, by, before, after)
  select r.id, $6, r.record, $8, $7, r.version, $9, $9, $10, r.before, r.after
  from unnest($1::uuid[], $2::uuid[], $3::integer[], $4::jsonb[], $5::jsonb[]) as r(id, record, version, before, after)`;

export const event = `insert into ws_main._event (id, entity, record, type, version, operation, at, by, data)
  select r.id, $5, r.record, $6, r.version, $7, $8, $9, r.data
  from unnest($1::uuid[], $2::uuid[], $3::integer[], $4::jsonb[]) as r(id, record, version, data)`;

export const there = `select external_id, id from ws_main.contact where external_id = any($1) and deleted_at is null for update`;
