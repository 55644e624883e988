import { figuresOf, scaleOf, type ScaleFigures } from "engine";
import type { SurveyDocument } from "schemas";
import type { Workspace } from "../workspace.ts";

/** From when to when people were asked; the second not counted. Without them, ever. */
export interface ResultSpan {
  readonly from: Date | undefined;
  readonly until: Date | undefined;
}

/** What came of a survey: how many were asked and answered, the figures of each scale, how often each choice was taken. */
export interface SurveyResults {
  readonly asked: number;
  readonly answered: number;
  /** Answered of asked, in percent. */
  readonly rate: number | null;
  /** How many were not asked, by why not. */
  readonly spared: Readonly<Record<string, number>>;
  readonly questions: readonly {
    readonly id: string;
    readonly title: string;
    readonly type: string;
    readonly figures?: ScaleFigures;
    readonly tally: Readonly<Record<string, number>>;
  }[];
}

/** What came of a survey, read with two statements. Words that people wrote are not among it. */
export async function surveyResults(
  { pool, schema }: Workspace,
  document: SurveyDocument,
  { from, until }: ResultSpan,
): Promise<SurveyResults> {
  const span = [document.$anchor, from ?? null, until ?? null];
  const within = `a.survey = $1 and ($2::timestamptz is null or a.asked_at >= $2) and ($3::timestamptz is null or a.asked_at < $3)`;
  const { rows: counts } = await pool.query(
    `select a.why, count(*)::int as n, count(a.answered_at)::int as answered from ${schema}._survey_ask a
     where ${within} group by a.why`,
    span,
  );
  const counted = document.questions.filter(({ type }) => type !== "text");
  const { rows: tallies } = await pool.query(
    `select q.question, a.answers ->> q.question as value, count(*)::int as n from ${schema}._survey_ask a
     cross join unnest($4::text[]) as q(question)
     where ${within} and a.answers ->> q.question is not null group by q.question, a.answers ->> q.question`,
    [...span, counted.map(({ id }) => id)],
  );
  const asked = (counts as { why: string | null; n: number; answered: number }[]).find(({ why }) => why === null);
  const [all, answered] = [asked?.n ?? 0, asked?.answered ?? 0];
  return {
    asked: all,
    answered,
    rate: all === 0 ? null : Math.round((answered / all) * 1000) / 10,
    spared: Object.fromEntries(counts.flatMap(({ why, n }) => (why === null ? [] : [[why, n]]))),
    questions: counted.map((question) => {
      const own = (tallies as { question: string; value: string; n: number }[]).filter(
        (it) => it.question === question.id,
      );
      const { id, title, type } = question;
      const tally = Object.fromEntries(own.map(({ value, n }) => [value, n]));
      const numbers = new Map(own.map(({ value, n }) => [Number(value), n]));
      const figures =
        scaleOf(question) && type !== "choice" && type !== "text" ? { figures: figuresOf(type, numbers) } : {};
      return { id, title, type, ...figures, tally };
    }),
  };
}
