import { createHash } from "node:crypto";
import {
  acceptEvent,
  accessOf,
  atItsSource,
  correlates,
  keyOf,
  machinesFor,
  planList,
  Problem,
  problem,
  readIntake,
  refuse,
  standsAt,
  unmatched,
  type Fault,
  type Principal,
} from "engine";
import { bind, lockListStatement } from "engine/sql";
import type { IntakeDocument } from "schemas";
import type { Connection } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";
import { stage } from "./commit.ts";
import { arrivedParts } from "./listening.ts";
import { findBinding, findOwner, type Binding } from "./connections.ts";
import { isOneOf, isSigned, type Proof } from "../signature.ts";
import { operate, type Scene } from "./operation.ts";
import { slotsOf } from "./read.ts";
import { createRecords, patchRecords } from "./records.ts";
import { send } from "./step.ts";

/** What somebody outside has posted. */
export interface Posted extends Proof {
  readonly body: Buffer;
  /** What it says to be known by, where it is not signed. */
  readonly token: string;
}

/** What became of a message; the same again where it came before. */
export interface Received {
  /** The record; none where it was for whoever waits for it. */
  readonly record: string | null;
  readonly operation: string;
  readonly repeated: boolean;
}

/** Who may post, and in whose name. Whatever is wrong with the proof, the answer is the same. */
export async function senderOf(
  workspace: Workspace,
  name: string,
  posted: Posted,
  now: Date,
): Promise<{ readonly document: IntakeDocument; readonly owner: Principal }> {
  const document = workspace.model.intakes.get(name);
  const binding = document && (await findBinding(workspace, document.$anchor, now));
  const fits = /^[\x21-\x7e]{1,200}$/.test(posted.id);
  if (!document || !binding?.active || !fits || !isProved(document, binding, posted, now))
    throw problem("intake.unsigned", {});
  const owner = await findOwner(workspace, binding.owner);
  if (!owner) throw problem("intake.unsigned", {});
  return { document, owner };
}

const isProved = ({ proof }: IntakeDocument, { secrets }: Binding, posted: Posted, now: Date): boolean =>
  proof === "token" ? isOneOf(secrets, posted.token) : isSigned(secrets, posted, { body: posted.body, now });

/**
 * Makes of a message what its intake says, in the owner's name and by her rights, as one operation. A message works
 * once, whoever sends it again and however many at the same time; one that was refused may come again.
 */
export async function receive(
  workspace: Workspace,
  { document, owner }: { readonly document: IntakeDocument; readonly owner: Principal },
  { id, body, json }: { readonly id: string; readonly body: Buffer; readonly json: unknown },
  now: Date,
): Promise<Received> {
  const message: Message = { intake: document.$anchor, id, hash: createHash("sha256").update(body).digest("hex"), now };
  try {
    const told = { kind: "intake", title: document.title, now };
    const work = () =>
      operate(workspace, owner, told, async (tx, scene) => {
        await takeMessage(tx, workspace, message);
        // By the newest form of the intake: the model may have changed since the message came.
        const newest = scene.model.intakes.get(document.$id) ?? document;
        const record = await (newest.key === undefined
          ? carryOut(tx, scene, newest, json)
          : tellWhoWaits(tx, scene, newest, { id: `${document.$anchor}:${id}`, json }));
        await keepMessage(tx, workspace, message, { record, operation: scene.operation });
        return record;
      });
    // Somebody else may make the record between the look for it and the write: it is there to be changed then.
    const { operation, result } = await work().catch((error: unknown) => {
      if (document.does === "upsert" && isDuplicate(error)) return work();
      throw error;
    });
    return { record: result, operation, repeated: false };
  } catch (error) {
    if (error instanceof Repeated) return { ...error.known, repeated: true };
    if (!(error instanceof Problem) || error.faults[0].code === "intake.reused") throw error;
    await noteRefusal(workspace, message, error.faults);
    throw error;
  }
}

const isDuplicate = (error: unknown) => error instanceof Problem && error.faults[0].code === "record.duplicate";

interface Message {
  readonly intake: string;
  readonly id: string;
  readonly hash: string;
  readonly now: Date;
}

/** The message has worked before; what it would do now is not done. */
class Repeated extends Error {
  readonly known: Omit<Received, "repeated">;

  constructor(known: Omit<Received, "repeated">) {
    super("The message came before.");
    this.known = known;
  }
}

/** Takes a message for this transaction. Who has the same one waits here until this is settled. */
async function takeMessage(tx: Connection, { schema }: Workspace, message: Message): Promise<void> {
  const { intake, id, hash, now } = message;
  const taken = await tx.query(
    `insert into ${schema}._received as r (intake, message, hash, at, status) values ($1, $2, $3, $4, 'done')
     on conflict (intake, message) do update
       set hash = excluded.hash, at = excluded.at, status = 'done', problems = null where r.status = 'refused' returning r.at`,
    [intake, id, hash, now],
  );
  if (taken.rowCount === 1) return;
  const { rows } = await tx.query(
    `select hash, record, operation from ${schema}._received where intake = $1 and message = $2`,
    [intake, id],
  );
  const [known] = rows as { hash: string; record: string | null; operation: string }[];
  if (known?.hash !== hash) throw problem("intake.reused", {});
  throw new Repeated({ record: known.record, operation: known.operation });
}

async function keepMessage(
  tx: Connection,
  { schema }: Workspace,
  { intake, id }: Message,
  { record, operation }: { readonly record: string | null; readonly operation: string },
): Promise<void> {
  await tx.query(`update ${schema}._received set record = $3, operation = $4 where intake = $1 and message = $2`, [
    intake,
    id,
    record,
    operation,
  ]);
}

/** Why a message was refused, without what stood in it: somebody has to mend the intake or its sender. */
async function noteRefusal({ pool, schema }: Workspace, message: Message, faults: readonly Fault[]): Promise<void> {
  const told = faults.slice(0, 20).map(({ code, path, detail }) => ({ code, path, detail }));
  await pool.query(
    `insert into ${schema}._received as r (intake, message, hash, at, status, problems) values ($1, $2, $3, $4, 'refused', $5)
     on conflict (intake, message) do update set hash = excluded.hash, at = excluded.at, problems = excluded.problems
       where r.status = 'refused'`,
    [message.intake, message.id, message.hash, message.now, JSON.stringify(told)],
  );
}

/** The last fifty messages of an intake. */
export async function listReceived({ pool, schema }: Workspace, intake: string) {
  const { rows } = await pool.query(
    `select message, at, status, record, operation, problems from ${schema}._received
     where intake = $1 order by at desc, message limit 50`,
    [intake],
  );
  return rows;
}

async function carryOut(tx: Connection, scene: Scene, document: IntakeDocument, json: unknown): Promise<string> {
  const { entity, does, match, event } = document;
  const values = readIntake(document, json);
  return atSource(document, async () => {
    const found = match === undefined ? undefined : await findRecord(tx, scene, document, values[match]);
    if (does === "create" || (does === "upsert" && !found)) {
      const [made] = await createRecords(tx, scene, entity, [values], false);
      return made ?? "";
    }
    if (!found) throw problem("record.missing", { entity, path: `/${match}` });
    const { [match ?? ""]: _, ...rest } = values;
    if (does === "event") {
      const form = Object.keys(rest).length > 0 ? rest : undefined;
      const sent = {
        type: event ?? "",
        values: form,
        data: undefined,
        version: undefined,
        source: "integration",
      } as const;
      await send(tx, scene, entity, found, sent);
    } else await patchRecords(tx, scene, entity, [{ id: found, input: rest, path: "" }]);
    return found;
  });
}

/** An event for all runs that wait for it by what the message has for a key. */
async function tellWhoWaits(
  tx: Connection,
  scene: Scene,
  { entity: name, event = "", key: place = "" }: IntakeDocument,
  { id, json }: { readonly id: string; readonly json: unknown },
): Promise<null> {
  const { model, access } = scene;
  const found = correlates(model, model.entities.get(name), event);
  const machine = found && machinesFor(model, found.workflow.id).find(({ document }) => document === found.workflow);
  if (!machine || found.source !== "integration") throw problem("event.unknown", { event, path: "" });
  if (access && (access.entity(name)?.event(event) ?? { kind: "none" }).kind === "none")
    throw problem("right.missing", { right: `send "${event}"`, path: "" });
  const key = keyOf(standsAt(json, place));
  if (key === undefined) throw problem("intake.keyless", { path: place });
  try {
    acceptEvent(machine, { type: event, data: json, source: found.source });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const [first, ...rest] = error.faults.map((it) => ({ ...it, path: it.path.replace(/^\/data(?=\/|$)/, "") }));
    throw new Problem([first!, ...rest]);
  }
  const { workflow, source } = found;
  const arrived = { id, entity: name, event, key, data: json, workflow, source };
  await stage(tx, scene, arrivedParts(scene, [arrived]));
  return null;
}

/** Faults are told at the places of the message that they come from. */
async function atSource<Result>(document: IntakeDocument, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const [first, ...rest] = error.faults.map((it) => {
      // The values of a form are told below the form.
      const path = document.does === "event" ? it.path.replace(/^\/values(?=\/|$)/, "") : it.path;
      return atItsSource(document, { ...it, path });
    });
    throw new Problem([first!, ...rest]);
  }
}

/** The record that a message means, locked; among those that the owner sees. */
async function findRecord(
  tx: Connection,
  scene: Scene,
  document: IntakeDocument,
  value: unknown,
): Promise<string | undefined> {
  const { workspace, model, principal } = scene;
  if (typeof value !== "string" || value === "") refuse([unmatched(document)]);
  const access = accessOf(model, principal.roles);
  const plan = planList(model, access, document.entity, { filter: `${document.match} == ${JSON.stringify(value)}` });
  const reader = { model, schema: workspace.schema, access };
  const { sql, parameters } = lockListStatement(reader, plan, undefined, 1);
  const { rows } = await tx.query(sql, [...bind(parameters, slotsOf(scene))]);
  return rows[0]?.id as string | undefined;
}
