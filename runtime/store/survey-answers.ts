import { commentedBy, keptAnswer, problem, readSurvey, refuse, scoredBy, spansOf, type SurveyAnswers } from "engine";
import type { SurveyDocument } from "schemas";
import type { Connection } from "../database/pool.ts";
import type { PublicLanguage } from "../public-language.ts";
import { askOfToken } from "../surveys/link.ts";
import type { Workspace } from "../workspace.ts";
import { recordFacts, type ToldFact } from "./facts.ts";
import { engineItself, operate, type Scene } from "./operation.ts";
import { lockRecords } from "./rows.ts";
import { writeWhatHolds } from "./write.ts";

interface AskRow {
  readonly id: string;
  readonly survey: string;
  readonly entity: string;
  readonly record: string;
  readonly person_entity: string | null;
  readonly person_record: string | null;
  readonly agent: string | null;
  readonly language: PublicLanguage | null;
  readonly expires_at: string;
  readonly answered_at: string | null;
  readonly answers: SurveyAnswers | null;
  readonly kept: string | null;
}

const columns = `a.id, a.survey, a.entity, a.record, a.person_entity, a.person_record, a.agent, a.language, a.expires_at,
  a.answered_at, a.answers, a.kept`;

/** What stands behind a link: whose it is, what it asks, and how it stands. */
export interface OpenAsk {
  readonly workspace: Workspace;
  readonly id: string;
  readonly document: SurveyDocument;
  readonly language: PublicLanguage;
  readonly answers: SurveyAnswers | null;
  /** Until when the answer may be changed; nothing before there is one. */
  readonly changeableUntil: Date | undefined;
  /** Why it takes no answer any more: too late for the first one, or for another. */
  readonly closed: "over" | "kept" | undefined;
}

/** What the link of a mail is about. Throws `survey.link` where we have not made it, or where it asks nothing any more. */
export async function readAsk(workspaces: ReadonlyMap<string, Workspace>, token: string, now: Date): Promise<OpenAsk> {
  const of = await askOfToken(workspaces, token);
  if (!of) throw problem("survey.link", {});
  const { workspace, ask } = of;
  const { pool, schema, model } = workspace;
  const { rows } = await pool.query(
    `select ${columns} from ${schema}._survey_ask a where a.id = $1 and a.why is null`,
    [ask],
  );
  const [row] = rows as AskRow[];
  const document = row && surveyOf(model.surveys, row.survey);
  if (!document) throw problem("survey.link", {});
  return {
    workspace,
    id: ask,
    document,
    language: row.language ?? "en",
    answers: row.answers,
    ...standing(document, row, now),
  };
}

const surveyOf = (surveys: ReadonlyMap<string, SurveyDocument>, anchor: string) =>
  [...surveys.values()].find(({ $anchor }) => $anchor === anchor);

function standing(document: SurveyDocument, row: AskRow, now: Date): Pick<OpenAsk, "closed" | "changeableUntil"> {
  if (row.answered_at === null)
    return { changeableUntil: undefined, closed: new Date(row.expires_at) > now ? undefined : "over" };
  const changeableUntil = new Date(new Date(row.answered_at).getTime() + spansOf(document).changeMs);
  return { changeableUntil, closed: changeableUntil > now ? undefined : "kept" };
}

/**
 * Takes an answer, as one operation: the ask's row, the record that it is kept as, and a fact of the record and of whoever
 * was asked (`survey.answered`; `survey.changed` for another answer within its time). The same answer again changes
 * nothing. Refuses what does not fit, what comes too late, and a second answer when the first can no longer be changed.
 */
export async function answerSurvey(
  { workspace, id }: Pick<OpenAsk, "workspace" | "id">,
  sent: (question: string) => readonly string[],
  now: Date,
): Promise<void> {
  const told = { kind: "survey", title: "Answer a survey", now, unbounded: true };
  await operate(workspace, engineItself, told, async (tx, scene) => {
    const { rows } = await tx.query(
      `select ${columns} from ${workspace.schema}._survey_ask a where a.id = $1 and a.why is null for update`,
      [id],
    );
    const [row] = rows as AskRow[];
    // By the newest survey: the model may have changed since the page was shown.
    const document = row && surveyOf(scene.model.surveys, row.survey);
    if (!row || !document) throw problem("survey.link", {});
    const { closed } = standing(document, row, now);
    if (closed) throw problem(`survey.${closed}`, {});
    const { answers, faults } = readSurvey(document, sent);
    refuse(faults);
    if (row.answers !== null && same(row.answers, answers)) return;
    await tx.query(
      `update ${workspace.schema}._survey_ask set answers = $2, answered_at = coalesce(answered_at, $3), changed_at = $3 where id = $1`,
      [id, JSON.stringify(answers), now],
    );
    await keep(tx, scene, document, row, answers);
    await recordFacts(tx, scene, factsOf(scene, document, row, answers));
  });
}

const same = (one: SurveyAnswers, other: SurveyAnswers) => {
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].every((key) => one[key] === other[key]);
};

/** Writes the answer into the record that the ask is kept as, as far as that is there and takes it. */
async function keep(
  tx: Connection,
  scene: Scene,
  { keeps, questions }: SurveyDocument,
  { kept }: AskRow,
  answers: SurveyAnswers,
): Promise<void> {
  const entity = scene.model.entities.get(keeps?.entity ?? "");
  if (!keeps || !entity || kept === null) return;
  const found = await lockRecords(tx, scene, entity, { ids: [kept], trash: "without" });
  const before = found.get(kept);
  if (!before) return;
  const after: Record<string, unknown> = {};
  for (const { id } of questions) {
    const field = entity.fields.get(keeps.answers?.[id] ?? "");
    if (field) after[field.name] = answers[id] === undefined ? null : keptAnswer(field, answers[id]);
  }
  const { answered_at: answeredAt } = keeps;
  if (answeredAt !== undefined && (before[answeredAt] ?? null) === null) after[answeredAt] = scene.now.toISOString();
  await writeWhatHolds(tx, scene, [{ act: "update", entity: entity.name, id: kept, before, after, path: "" }]);
}

/** What is told: of the record, and of whoever was asked where she has a record of her own. */
function factsOf(scene: Scene, document: SurveyDocument, row: AskRow, answers: SurveyAnswers): readonly ToldFact[] {
  const { model, now, operation } = scene;
  const [scored, commented] = [scoredBy(document), commentedBy(document)];
  const changed = row.answered_at !== null;
  const data = {
    ...{ survey: document.$id, title: document.title, scale: scored?.type ?? null },
    score: scored ? (answers[scored.id] ?? null) : null,
    comment: commented ? (answers[commented.id] ?? null) : null,
    ...{ answers, agent: row.agent },
  };
  const names = new Map([...model.entities.values()].map(({ anchor, name }) => [anchor, name]));
  const subjects = [
    { entity: names.get(row.entity), record: row.record },
    { entity: names.get(row.person_entity ?? ""), record: row.person_record },
  ];
  return subjects.flatMap(({ entity, record }, at): readonly ToldFact[] =>
    entity === undefined || record === null || (at === 1 && record === row.record)
      ? []
      : [
          {
            type: changed ? "survey.changed" : "survey.answered",
            subject: { entity, record },
            at: now,
            source: "survey",
            sourceId: `${row.id}:${at}${changed ? `:${operation}` : ""}`,
            data,
          },
        ],
  );
}
