import { dayIn, problem, refuse, reports, shapeFaults, type Model } from "engine";
import type { ReportDocument } from "schemas";
import { aggregate } from "./aggregate.ts";
import type { ReadScene } from "./read.ts";

type Block = reports.ReportPlan["blocks"][number];
type Body = Readonly<Record<string, unknown>>;

/** A published report by its name. Throws where there is none. */
export function reportNamed(model: Model, name: string): ReportDocument {
  const document = model.reports.get(name);
  if (!document) throw problem("document.missing", { kind: "report", name: name.slice(0, 80) });
  return document;
}

/** A report that is not published, as somebody is making it. Throws where its form is wrong. */
export function draftReport(given: unknown): ReportDocument {
  const own = typeof given === "object" && given !== null && !Array.isArray(given) ? given : {};
  const named = { $schema: "urn:trellis:report:1", $id: "draft", $anchor: "draft", title: "Draft" };
  const draft = { ...named, ...own };
  refuse(shapeFaults(draft).map((it) => ({ ...it, status: 400, path: `/report${it.path}` })));
  return draft as unknown as ReportDocument;
}

/** What a report comes to for whoever reads: each of its questions is asked with her rights. */
export async function runReport(
  scene: ReadScene,
  spoken: Model,
  document: ReportDocument,
  parameters: reports.ReportParameters,
): Promise<reports.ReportAnswer> {
  const { model, access, now } = scene;
  const plan = reports.planReport(model, access, document, { now, parameters });
  if (document.customers) {
    const [block] = plan.blocks;
    const found = await aggregate(scene, block!.entity.name, block!.body, reports.purchasesMost);
    const today = dayIn(model.workspace.time_zone, now);
    const answer = reports.answerCustomers(plan, found.rows, { workspace: model.workspace, today });
    const unrated = await unratedIn(scene, plan, [{ block: block!, body: block!.body, found }]);
    return { ...answer, ...unrated };
  }
  if (document.waterfall) return runFalls(scene, spoken, document, plan);
  if (plan.sharing) return runShares(scene, spoken, document, { records: plan, sharing: plan.sharing });
  return runBlocks(scene, spoken, plan);
}

async function runBlocks(scene: ReadScene, spoken: Model, plan: reports.ReportPlan): Promise<reports.ReportAnswer> {
  const { model, now } = scene;
  const ask = ({ entity }: Block, body: Body) => aggregate(scene, entity.name, body);
  const found = await Promise.all(
    plan.blocks.map(async (block) => {
      const [then, before] = await Promise.all([
        ask(block, block.body),
        block.before ? ask(block, block.before.body) : undefined,
      ]);
      return { now: then, ...(before ? { before } : {}) };
    }),
  );
  const today = dayIn(model.workspace.time_zone, now);
  const answer = reports.answerReport(spoken, plan, found, { now: now.toISOString(), today });
  const [unrated, before] = await Promise.all([
    unratedIn(
      scene,
      plan,
      plan.blocks.map((block, at) => ({ block, body: block.body, found: found[at]!.now })),
    ),
    unratedIn(
      scene,
      plan,
      plan.blocks.flatMap((block, at) => {
        const before = found[at]!.before;
        return before ? [{ block, body: block.before!.body, found: before }] : [];
      }),
    ),
  ]);
  return { ...answer, ...unrated, ...(before ? { unrated_before: before.unrated } : {}) };
}

type Unrated = Required<Pick<reports.ReportAnswer, "unrated" | "unrated_drill">>;

/** Of how many records the amount has no rate, by the measure, and what finds them; nothing where all have theirs. */
async function unratedIn(
  scene: ReadScene,
  plan: reports.ReportPlan,
  asked: readonly { readonly block: Block; readonly body: Body; readonly found: reports.Found }[],
): Promise<Unrated | undefined> {
  const open = asked.flatMap(({ block, body, found }) => {
    const more = reports.unratedBody(plan, block, body, found);
    return more ? [{ block, more }] : [];
  });
  const counts = await Promise.all(open.map(({ block, more }) => aggregate(scene, block.entity.name, more)));
  const unrated = Object.assign({}, ...counts.flatMap(({ rows }) => rows)) as Record<string, number>;
  const drill = Object.assign({}, ...open.map(({ more }) => reports.unratedDrill(more))) as Record<string, string>;
  return open.length === 0 ? undefined : { unrated, unrated_drill: drill };
}

/** Each record as it was at both ends of the period. */
async function runFalls(
  scene: ReadScene,
  spoken: Model,
  document: ReportDocument,
  plan: reports.ReportPlan,
): Promise<reports.ReportAnswer> {
  const { entity } = plan.blocks[0]!;
  const { first, last, over } = reports.fallBodies(scene.model, plan, scene.now);
  const [then, later] = await Promise.all(
    [first, last].map((body) => aggregate(scene, entity.name, body, reports.fallingMost)),
  );
  return reports.answerFalls(spoken, document, plan, { first: then!.rows, last: later!.rows, over });
}

/** The records, what touched them, and what that cost. */
async function runShares(
  scene: ReadScene,
  spoken: Model,
  document: ReportDocument,
  plans: { readonly records: reports.ReportPlan; readonly sharing: NonNullable<reports.ReportPlan["sharing"]> },
): Promise<reports.ReportAnswer> {
  const { records, sharing } = plans;
  const [block] = records.blocks;
  const [found, costs, ...touches] = await Promise.all([
    aggregate(scene, block!.entity.name, { ...block!.body, totals: false }, reports.sharedMost),
    sharing.costs ? runBlocks(scene, spoken, sharing.costs) : undefined,
    ...sharing.touches.map(({ plan, body }) => aggregate(scene, plan.entity.name, body, reports.sharedMost)),
  ]);
  const environment = { now: scene.now.toISOString(), today: dayIn(scene.model.workspace.time_zone, scene.now) };
  const given = { records: found.rows, touches: touches.map(({ rows }) => rows), ...(costs ? { costs } : {}) };
  return reports.answerShares(spoken, document, plans, given, environment);
}
