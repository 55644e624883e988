import { fault, problem, refuse, type CaseQuestion, type Told, type Values } from "engine";
import { writing } from "engine/sql";
import { answerTo } from "../asks/index.ts";
import type { Connection } from "../database/pool.ts";
import type { Scene } from "./operation.ts";
import { isId } from "./records.ts";
import { rowsOf, targetOf } from "./rows.ts";

const questionsMost = 500;

/** Reads questions of a case that is played elsewhere; tells all that is wrong with them at once. */
export function readQuestions(given: unknown): readonly CaseQuestion[] {
  if (!Array.isArray(given) || given.length > questionsMost)
    throw problem("report.malformed", { wanted: `a list of at most ${questionsMost} questions`, path: "/questions" });
  const texts = (it: object, names: readonly string[]) =>
    names.every((name) => typeof (it as Values)[name] === "string");
  const fits = (it: any): it is CaseQuestion => {
    if (typeof it !== "object" || it === null) return false;
    if (it.of === "record") return texts(it, ["entity", "id"]);
    if (it.of === "list") return texts(it, ["entity", "reference", "id"]);
    return it.of === "ask" && typeof it.ask === "object" && it.ask !== null && fitsAsk(it.ask);
  };
  refuse(
    given.flatMap((it, at) =>
      fits(it) ? [] : [fault("report.malformed", { wanted: "a question about records", path: `/questions/${at}` })],
    ),
  );
  return given as readonly CaseQuestion[];
}

function fitsAsk({ ask, entity, match, most, where, rotation }: Values): boolean {
  if (ask === "person") return typeof rotation === "string";
  const bound = Number.isInteger(most) && Number(most) >= 1 && Number(most) <= 1000;
  const condition = where === undefined || typeof where === "string";
  return (
    ask === "records" && typeof entity === "string" && typeof match === "object" && match !== null && bound && condition
  );
}

/** What other records say now, as a run would find them; nothing of it stays. What is not published is not known. */
export async function tellOf(
  tx: Connection,
  scene: Scene,
  questions: readonly CaseQuestion[],
): Promise<readonly Told[]> {
  const told: Told[] = [];
  for (const question of questions) told.push(await tellOne(tx, scene, question));
  return told;
}

async function tellOne(tx: Connection, scene: Scene, question: CaseQuestion): Promise<Told> {
  if (question.of === "ask") return tellAsk(tx, scene, question);
  const known = scene.model.entities.get(question.entity);
  if (!known) return {};
  const target = targetOf(scene, known);
  if (question.of === "record") {
    const { id } = question;
    const rows = isId(id) ? await rowsOf<{ record: Values }>(tx, scene, writing.rowsById(target, [id])) : [];
    return { value: rows[0]?.record ?? null };
  }
  const list = [...scene.model.entities.values()]
    .flatMap(({ inverses }) => [...inverses.values()])
    .find(({ entity, reference }) => entity === question.entity && reference.name === question.reference);
  if (!list) return {};
  if (!isId(question.id)) return { value: [] };
  const rows = await rowsOf<{ record: Values }>(
    tx,
    scene,
    writing.rowsListed(target, list.reference, list.on, [question.id]),
  );
  return { value: rows.map(({ record }) => record) };
}

async function tellAsk(tx: Connection, scene: Scene, { ask }: Extract<CaseQuestion, { of: "ask" }>): Promise<Told> {
  if (ask.ask === "records") {
    const entity = scene.model.entities.get(ask.entity);
    if (!entity || Object.keys(ask.match).some((name) => !entity.fields.has(name))) return {};
  }
  await tx.query("savepoint asked");
  try {
    return { value: await answerTo(tx, scene, ask) };
  } finally {
    await tx.query("rollback to savepoint asked");
    await tx.query("release savepoint asked");
  }
}
