import {
  addressField,
  faultyLinks,
  languageGaps,
  messageIn,
  messageLanguages,
  messageReading,
  type LinkFault,
  type Model,
} from "engine";
import { audienceStatement, bind, emptyStatement } from "engine/sql";
import type { MessageDocument } from "schemas";
import { formOf, saysHowToStop } from "../mail/message-form.ts";
import { audienceOf, buildingAsked, type Meant } from "./broadcasts.ts";
import { behind } from "./commit.ts";
import { suppressionPads } from "./suppressions.ts";
import { readerOf, slotsOf, type ReadScene } from "./read.ts";

/** Mail programs cut what is longer (bytes). */
const bytesMost = 102_400;

/** Something that is no fault of the document, and that its writer wants to know before it goes. */
export interface Lint {
  readonly code: "missing" | "size" | "stop" | `link_${LinkFault}` | "address" | "lacks" | "differs";
  readonly detail: string;
  /** How many records it concerns. */
  readonly count?: number;
  readonly path?: string;
}

/** What stops mails: no address, nothing may go there, no consent, a pause that the receiver has asked for. */
export type Refused = Readonly<Record<"address" | "suppressed" | "consent" | "paused", number>>;

/** How a message would fare with those that it is meant for. */
export interface Looked {
  readonly audience: number;
  readonly sent: number;
  /** How many the gates would stop now, by the first that says so. */
  readonly refused: Refused;
  /** The title of a segment that is asked for and not whole yet: nothing can be sent by it. */
  readonly building: string | null;
  readonly bytes: number;
  readonly lints: readonly Lint[];
}

/** Holds a message against the records that it is meant for: what is empty for how many, its size, its links. */
export async function lookAtMessage(scene: ReadScene, document: MessageDocument, meant: Meant): Promise<Looked> {
  const { workspace, model } = scene;
  const { variables, needed } = messageReading(model, document);
  const paths = [...new Set(needed.map(({ path }) => path))].filter((it) => variables.has(it));
  const plan = audienceOf(scene, document, meant);
  const statement = emptyStatement(
    readerOf(scene),
    plan,
    paths.map((it) => variables.get(it)!),
  );
  const slots = slotsOf(scene);
  const { rows } = await workspace.pool.query(statement.sql, [...bind(statement.parameters, slots)]);
  const { n, e } = rows[0] as { n: number; e: readonly number[] };
  const { addressed, ...stopped } = await countStopped(scene, document, meant);
  const refused = { address: n - addressed, ...stopped };
  const sent = n - Object.values(refused).reduce((sum, it) => sum + it, 0);
  const bytes = await longest(scene, document);
  const building = (await buildingAsked(workspace.pool, scene, plan)) ?? null;
  return {
    audience: n,
    sent,
    refused,
    building,
    bytes,
    lints: [
      ...paths.flatMap((path, at): Lint[] => {
        const count = e[at] ?? 0;
        return count === 0 ? [] : [{ code: "missing", detail: path, count }];
      }),
      ...(bytes > bytesMost ? [{ code: "size" as const, detail: String(bytes) }] : []),
      ...(document.purpose !== undefined && !saysHowToStop(document) ? [{ code: "stop" as const, detail: "" }] : []),
      ...faultyLinks(document).map(({ why, to, path }): Lint => ({ code: `link_${why}`, detail: to, path })),
      ...languageGaps(document).flatMap(({ language, lacks, differs }): Lint[] => [
        ...(lacks.length === 0
          ? []
          : [{ code: "lacks" as const, detail: language, count: lacks.length, path: `/${lacks[0]}` }]),
        ...(differs.length === 0 ? [] : [{ code: "differs" as const, detail: `${language}: ${differs.join(", ")}` }]),
      ]),
      ...(n > sent ? [{ code: "address" as const, detail: "", count: n - sent }] : []),
    ],
  };
}

/** How long a message is in the language in which it is the longest, before values are put in (bytes). */
async function longest({ workspace, model, now }: ReadScene, document: MessageDocument): Promise<number> {
  const languages = messageLanguages(document, model.workspace.languages[0] ?? "en");
  const forms = await Promise.all(
    languages.map((language) =>
      formOf(workspace.pool, workspace.schema, messageIn(document, language), { language, now }),
    ),
  );
  return Math.max(...forms.map(({ html }) => Buffer.byteLength(html)));
}

/** How many of those who are meant have an address, and what stops how many of them; one statement over all of them. */
async function countStopped(scene: ReadScene, document: MessageDocument, meant: Meant) {
  const { workspace, model } = scene;
  const { schema } = workspace;
  const none = { addressed: 0, suppressed: 0, consent: 0, paused: 0 };
  const address = addressField(model as Model, document);
  if (!address) return none;
  const audience = audienceStatement(readerOf(scene), audienceOf(scene, document, meant), address);
  const purpose = model.purposes.get(document.purpose ?? "");
  const { inner, outer } = await suppressionPads(workspace);
  const asked = [purpose?.$anchor ?? null, purpose?.basis ?? "contract", scene.now, inner, outer];
  const hash = (text: string) => `sha256($5::bytea || sha256($4::bytea || convert_to('email ' || ${text}, 'UTF8')))`;
  const { rows } = await workspace.pool.query(
    `select count(*)::int as addressed, (count(*) filter (where g.gate = 'suppressed'))::int as suppressed,
       (count(*) filter (where g.gate = 'consent'))::int as consent, (count(*) filter (where g.gate = 'paused'))::int as paused
     from (
       select case
         when s.address_hash is not null or d.address_hash is not null then 'suppressed'
         when $1::text is not null and c.state is distinct from 'granted'
           and not (coalesce(c.state, 'none') = 'none' and $2::text in ('contract', 'legitimate')) then 'consent'
         when $1::text is not null and m.paused_until > $3 then 'paused' end as gate
       from (${behind(audience.sql, asked.length)}) as a
       left join ${schema}._suppression s on s.channel = 'email' and s.address_hash = ${hash("a.address")}
       left join ${schema}._suppression d on d.channel = 'email' and d.address_hash = ${hash("substring(a.address from '@[^@]*$')")}
       left join ${schema}._consent_state c on c.purpose = $1 and c.channel = 'email' and c.address = a.address
         and (c.expires_at is null or c.expires_at > $3)
       left join ${schema}._mail_choice m on m.address = a.address) as g`,
    [...asked, ...bind(audience.parameters, slotsOf(scene))],
  );
  return rows[0] as typeof none;
}
