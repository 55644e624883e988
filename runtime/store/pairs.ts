import {
  accessFor,
  duplicateRulesOn,
  knowable,
  problem,
  refuse,
  type Access,
  type Model,
  type ReadDuplicateRule,
  type RowRule,
} from "engine";
import { likeness } from "engine/sql";
import type { Connection } from "../database/pool.ts";
import { authorOf, type Scene } from "./operation.ts";
import { readerOf, reading, rowsOf, type ReadScene } from "./read.ts";
import { isId, lockChanging, refusalsOf } from "./records.ts";
import { entityOf } from "./rows.ts";

const pageRows = 50;

interface Sided {
  readonly id: string;
  readonly name: string | null;
  /** Who owns it, by name. */
  readonly owner: string | null;
}

interface Person {
  readonly id: string;
  readonly name: string;
}

interface Row {
  readonly id: string;
  readonly rule: string;
  readonly at: Date;
  readonly reason: string | null;
  readonly decided_at: Date | null;
  readonly one: Sided;
  readonly other: Sided;
  readonly by: Person | null;
  readonly decided_by: Person | null;
}

/** Which pairs are asked for. */
interface PairsAsked {
  readonly entity?: string | undefined;
  readonly decided: boolean;
  readonly before?: string | undefined;
}

/** Pairs of records that are alike, a page of them, the newest first: those of whose records the reader may know that they are. */
export async function listPairs(given: ReadScene, { entity, decided, before }: PairsAsked) {
  const rights = (model: Model) => accessFor(model, given.principal);
  return reading(given, rights, async (scene) => {
    const rules = rulesFor(scene.model, scene.access).filter(
      ({ rule }) => entity === undefined || rule.entity.name === entity,
    );
    const rows = await pairsOf(scene, rules, { decided, before, limit: pageRows + 1 });
    const page = rows.slice(0, pageRows);
    const items = page.map((row) => shown(rules, row));
    return { items, next: rows.length > pageRows ? (page.at(-1)?.id ?? null) : null };
  });
}

interface Known {
  readonly rule: ReadDuplicateRule;
  readonly knows: RowRule;
}

/** The rules by which somebody may know of some records that they are alike. */
const rulesFor = (model: Model, access: Access): readonly Known[] =>
  [...model.entities.keys()].flatMap((name) => {
    const rights = access.entity(name);
    if (!rights) return [];
    const known = duplicateRulesOn(model, name).map((rule) => ({ rule, knows: knowable(model, rights, rule) }));
    return known.filter(({ knows }) => knows.kind !== "none");
  });

async function pairsOf(scene: ReadScene, rules: readonly Known[], query: likeness.PairQuery): Promise<readonly Row[]> {
  return rules.length === 0 ? [] : rowsOf<Row>(scene, likeness.pairsStatement(readerOf(scene), rules, query));
}

function shown(rules: readonly Known[], { rule: anchor, decided_at, decided_by, ...row }: Row) {
  const { document, entity } = rules.find(({ rule }) => rule.anchor === anchor)!.rule;
  const decided = decided_at === null ? null : { at: decided_at, by: decided_by };
  return { ...row, rule: { id: document.$id, title: document.title }, entity: entity.name, decided };
}

/** Says of a pair that its records are not the same, or takes that back: who may change both. Then it is not asked again. */
export async function decidePair(tx: Connection, scene: Scene, id: string, isSame: boolean): Promise<void> {
  const { workspace, model, principal, now } = scene;
  const access = accessFor(model, principal);
  const rules = rulesFor(model, access);
  const looking = { workspace, model, access, principal, now };
  const find = (decided: boolean) => (isId(id) ? pairsOf(looking, rules, { decided, id, limit: 1 }) : []);
  const [pair] = [...(await find(false)), ...(await find(true))];
  const rule = rules.find((it) => it.rule.anchor === pair?.rule)?.rule;
  if (!pair || !rule) throw problem("pair.missing", {});
  const entity = entityOf(scene, rule.entity.name);
  const ids = [pair.one.id, pair.other.id];
  const rows = await lockChanging(tx, scene, entity, { ids, right: "update", trash: "without" });
  if (rows.size < ids.length) throw problem("pair.missing", {});
  refuse([...rows.values()].flatMap((record) => refusalsOf(entity, "update", record, [], "")).slice(0, 1));
  await tx.query(`update ${workspace.schema}._alike set decided_at = $2, decided_by = $3 where id = $1`, [
    id,
    isSame ? null : now,
    isSame ? null : authorOf(scene),
  ]);
}
