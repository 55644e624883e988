import { fault, problem, refuse, type CaseQuestion, type Told, type Values } from "engine";
import { writing } from "engine/sql";
import { answerTo } from "../asks/index.ts";
import type { Connection } from "../database/pool.ts";
import type { Scene } from "./operation.ts";
import { isId } from "./records.ts";
import { stoppedAhead } from "./send-ahead.ts";
import { idOf } from "./related.ts";
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
    if (it.of === "mail") return texts(it, ["message", "id"]);
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

/**
 * What other records say now, as a run would find them; nothing of it stays. What is not published is not known. Records of
 * one entity are read with one statement, and lists of one kind.
 */
export async function tellOf(
  tx: Connection,
  scene: Scene,
  questions: readonly CaseQuestion[],
): Promise<readonly Told[]> {
  const told = new Map<CaseQuestion, Told>();
  const alike = Map.groupBy(questions, (it) => {
    if (it.of === "ask") return it;
    if (it.of === "mail") return `mail ${it.message}`;
    return `${it.of} ${it.entity} ${it.of === "list" ? it.reference : ""}`;
  });
  for (const them of alike.values()) {
    const answers = await tellAlike(tx, scene, them);
    for (const [at, question] of them.entries()) told.set(question, answers[at] ?? {});
  }
  return questions.map((it) => told.get(it) ?? {});
}

/** Answers to questions of one kind, about one entity or one list; none where nobody can tell. */
async function tellAlike(tx: Connection, scene: Scene, them: readonly CaseQuestion[]): Promise<readonly Told[]> {
  const [first] = them;
  if (first?.of === "ask") return [await tellAsk(tx, scene, first)];
  const asked = them.map((it) => (it.of !== "ask" && isId(it.id) ? it.id : ""));
  const ids = [...new Set(asked)].filter((id) => id !== "");
  if (first?.of === "mail") {
    const stopped = await stoppedAhead(tx, scene, first.message, ids);
    return asked.map((id) => ({ value: stopped.get(id) ?? null }));
  }
  const entity = first && scene.model.entities.get(first.entity);
  if (!entity) return [];
  if (first.of === "record") {
    const rows = await recordsOf(tx, scene, writing.rowsById(targetOf(scene, entity), ids));
    const found = new Map(rows.map((record) => [record.id, record]));
    return asked.map((id) => ({ value: found.get(id) ?? null }));
  }
  const list = [...scene.model.entities.values()]
    .flatMap(({ inverses }) => [...inverses.values()])
    .find((it) => it.entity === first.entity && it.reference.name === first.reference);
  if (!list) return [];
  const piece = writing.rowsListed(targetOf(scene, entity), list.reference, list.on, ids);
  const found = Map.groupBy(await recordsOf(tx, scene, piece), (record) => idOf(record[list.reference.name]));
  return asked.map((id) => ({ value: found.get(id) ?? [] }));
}

async function recordsOf(tx: Connection, scene: Scene, piece: writing.Piece): Promise<readonly Values[]> {
  return (await rowsOf<{ record: Values }>(tx, scene, piece)).map(({ record }) => record);
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
