import { randomBytes } from "node:crypto";
import {
  accessOf,
  choicesOf,
  fault,
  kindOf,
  later,
  plan,
  Problem,
  readModel,
  readNew,
  withFormulas,
  type Entity,
  type Fault,
  type Model,
  type Values,
} from "engine";
import { Cache, ddlOf, identifier, systemTables } from "engine/sql";
import type { AnyDocument, Kind, TestDocument } from "schemas";
import { inOrder, transaction } from "../database/begin.ts";
import { tablesOfWorkspace } from "../database/migrate.ts";
import type { Connection } from "../database/pool.ts";
import { newId } from "../id.ts";
import { Workspace } from "../workspace.ts";
import { markOf } from "./checked.ts";
import { constraintProblem } from "./constraints.ts";
import { nothingDone, type Scene } from "./operation.ts";
import { fireInTurn } from "./fire.ts";
import { createRecords, patchRecords } from "./records.ts";
import { entityOf, lockRecords } from "./rows.ts";
import { environmentOf } from "./rules.ts";
import { settle } from "./settle.ts";
import type { Difference } from "./switch.ts";
import { send } from "./step.ts";
import { writeRecords } from "./write.ts";

/** Ends the transaction in which tests were played: nothing of them stays. */
class Played extends Error {
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    super();
    this.faults = faults;
  }
}

/**
 * Plays the tests that a model brings, each as told: in empty tables of their own beside the workspace, in a
 * transaction that is rolled back. Nobody waits for them, and nothing of them stays. Answers what did not come true.
 */
export async function playTests(workspace: Workspace, next: Model, now: Date): Promise<readonly Fault[]> {
  if (next.tests.size === 0) return [];
  const name = `trellis_test_${randomBytes(8).toString("hex")}`;
  const apart = new Workspace(workspace.name, name, workspace.pool, workspace.looks);
  try {
    await transaction(workspace.pool, "bulk", async (tx) => {
      await build(tx, name, next);
      const faults: Fault[] = [];
      for (const test of next.tests.values()) {
        await tx.query("savepoint test");
        faults.push(...(await new Play(tx, apart, next, now).run(test)));
        await tx.query("rollback to savepoint test");
      }
      throw new Played(faults);
    });
  } catch (error) {
    if (error instanceof Played) return error.faults;
    throw error;
  }
  return [];
}

/** What can make a test fail; other documents change what is shown alone. */
const matters: ReadonlySet<Kind> = new Set(["entity", "workflow", "role", "value-set", "test"]);

/** What came of tests, for those who publish what they have just planned: the same documents at about the same time. */
const verdicts = new Cache<{ readonly faults: readonly Fault[]; readonly at: Date }>(20);
const verdictMs = 600_000;

/** Plays the tests where something has changed that they can tell of. */
export async function testFaults(
  workspace: Workspace,
  differences: readonly Difference[],
  next: Model,
  now: Date,
): Promise<readonly Fault[]> {
  const told = differences.some(({ before, after }) => matters.has(kindOf((after ?? before) as AnyDocument)));
  if (!told || next.tests.size === 0) return [];
  const mark = markOf(next.documents);
  const known = verdicts.find(mark);
  if (known && Math.abs(now.getTime() - known.at.getTime()) < verdictMs) return known.faults;
  const faults = await playTests(workspace, next, now);
  verdicts.keep(mark, { faults, at: now });
  return faults;
}

/** What finds rows among many; a story has a handful. */
const quickens = /^(create index|drop index) /;

/** The tables of a model, empty. */
async function build(tx: Connection, name: string, next: Model): Promise<void> {
  const schema = identifier(name);
  const empty = readModel([]);
  const publishing = {
    schema: name,
    now: empty,
    next,
    gone: { entities: new Map<string, never>(), fields: new Map<string, never>() },
    large: new Set<string>(),
  };
  const made = [...systemTables(name), ...ddlOf(publishing, plan(empty, next))];
  const statements = made.filter(({ phase, sql, parameters }) => {
    return phase === "switch" && sql !== "" && (parameters?.length ?? 0) === 0;
  });
  const all = [...tablesOfWorkspace(schema), ...statements.map(({ sql }) => sql)];
  await inOrder(tx, [`create schema ${schema}`, ...all.filter((sql) => !quickens.test(sql))]);
  await tx.query(`insert into ${schema}._state (id, model, access) values (1, $1, 0)`, [next.version]);
}

type Step = NonNullable<TestDocument["when"]>[number];

/** One story: who acts, and the records that it has named so far. */
class Play {
  readonly #tx: Connection;
  readonly #workspace: Workspace;
  readonly #model: Model;
  #now: Date;
  readonly #me: string;
  readonly #records = new Map<string, { readonly entity: string; readonly id: string }>();

  constructor(tx: Connection, workspace: Workspace, model: Model, now: Date) {
    [this.#tx, this.#workspace, this.#model, this.#now] = [tx, workspace, model, now];
    this.#me = newId(now);
  }

  /** What did not come true, with its place in the document. */
  async run(test: TestDocument): Promise<readonly Fault[]> {
    const failed = (place: string, why: string) => [
      fault("test.failed", { title: test.title, why, path: `/test/${test.$id}${place}` }),
    ];
    const roles = [test.as ?? "admin"];
    await this.#tx.query(
      `insert into ${this.#workspace.schema}."user" (id, name, active, roles, created_at, created_by, updated_at, updated_by, owner, version)
       values ($1, 'Test', true, $2, $3, $1, $3, $1, $1, 1)`,
      [this.#me, roles, this.#now],
    );
    for (const [name, given] of Object.entries(test.given ?? {})) {
      const refused = await this.#attempt(() => this.#give(name, given));
      if (refused) return failed(`/given/${name}`, refused.message);
    }
    const expected = test.then.findIndex(({ refused }) => refused !== undefined);
    for (const [at, step] of (test.when ?? []).entries()) {
      const refused = await this.#attempt(() => this.#act(step, roles));
      if (!refused) continue;
      const wanted = test.then[expected]?.refused;
      if (wanted === undefined || at < (test.when?.length ?? 0) - 1) return failed(`/when/${at}`, refused.message);
      const codes = refused.faults.map(({ code }) => code);
      if (codes.includes(wanted as never)) return this.#compare(test, failed);
      return failed(`/then/${expected}`, `it is refused with ${codes.join(", ")}: ${refused.message}`);
    }
    if (expected >= 0) return failed(`/then/${expected}`, "it is not refused");
    return this.#compare(test, failed);
  }

  /** Does something, or tells why it is refused; then nothing of it stays. */
  async #attempt(work: () => Promise<void>): Promise<Problem | undefined> {
    await this.#tx.query("savepoint step");
    try {
      await work();
      return undefined;
    } catch (error) {
      await this.#tx.query("rollback to savepoint step");
      const refused = error instanceof Problem ? error : constraintProblem(this.#model, error);
      if (!refused) throw error;
      return refused;
    }
  }

  async #give(name: string, { entity, values, state }: NonNullable<TestDocument["given"]>[string]): Promise<void> {
    const scene = this.#scene(undefined);
    const of = entityOf(scene, entity);
    const { values: after, faults } = readNew(
      { model: this.#model, entity: of },
      this.#completed(of, this.#filled(values)),
    );
    if (faults.length > 0) throw new Problem(faults as [Fault, ...Fault[]]);
    const id = newId(this.#now);
    const states = new Map(state === undefined ? [] : [[id, state]]);
    await writeRecords(this.#tx, scene, [{ act: "create", entity, id, after, fills: true }], { states });
    await settle(this.#tx, scene);
    this.#records.set(name, { entity, id });
  }

  async #act(step: Step, roles: readonly string[]): Promise<void> {
    const scene = this.#scene(roles);
    await this.#perform(step, scene);
    await settle(this.#tx, scene);
  }

  async #perform(step: Step, scene: Scene): Promise<void> {
    if (step.wait !== undefined) return this.#wait(step.wait);
    const values = this.#filled(step.values ?? {});
    if (step.create !== undefined && step.entity !== undefined) {
      const whole = this.#completed(entityOf(scene, step.entity), values);
      const [id = ""] = await createRecords(this.#tx, scene, step.entity, [whole], false);
      this.#records.set(step.create, { entity: step.entity, id });
      return;
    }
    const { entity, id } = this.#records.get(step.update ?? step.to ?? "") ?? { entity: "", id: "" };
    if (step.send !== undefined)
      return send(this.#tx, scene, entity, id, { type: step.send, values, data: undefined, version: undefined });
    const version = Number((await this.#read(entity, id))?.version ?? 0);
    await patchRecords(this.#tx, scene, entity, [{ id, version, input: values, path: "" }]);
  }

  /** Lets the clock of the story go on; waits that are over by then happen on the way. */
  async #wait(span: string): Promise<void> {
    const until = new Date(later(this.#now.toISOString(), span) ?? this.#now);
    await fireInTurn(this.#tx, this.#workspace, this.#model, until);
    this.#now = until;
  }

  /** A record as people see it: with its formulas, which read what it points at. */
  async #shown(name: string, id: string): Promise<Values> {
    const row = await this.#read(name, id);
    if (!row) return {};
    const entity = entityOf(this.#scene(undefined), name);
    const around = await environmentOf(this.#tx, this.#scene(undefined), entity, [row]);
    return withFormulas(this.#model, entity, { ...around, record: row }).record ?? row;
  }

  async #compare(test: TestDocument, failed: (place: string, why: string) => Fault[]): Promise<readonly Fault[]> {
    const faults: Fault[] = [];
    for (const [at, told] of test.then.entries()) {
      const wanted = this.#filled(told.values ?? {});
      if (told.record !== undefined) {
        const { entity, id } = this.#records.get(told.record) ?? { entity: "", id: "" };
        const record = await this.#shown(entity, id);
        for (const [name, value] of Object.entries(wanted))
          if (!alike(record[name], value))
            faults.push(
              ...failed(
                `/then/${at}/values/${name}`,
                `${name} is ${JSON.stringify(record[name] ?? null)}, not ${JSON.stringify(value)}`,
              ),
            );
      } else if (told.entity !== undefined) {
        const count = await this.#count(told.entity, wanted);
        if (count !== told.count) faults.push(...failed(`/then/${at}/count`, `there are ${count}, not ${told.count}`));
      }
    }
    return faults;
  }

  async #read(entity: string, id: string): Promise<Values | undefined> {
    const scene = this.#scene(undefined);
    return (await lockRecords(this.#tx, scene, entityOf(scene, entity), { ids: [id], trash: "with" })).get(id);
  }

  async #count(entity: string, wanted: Values): Promise<number> {
    const scene = this.#scene(undefined);
    const { name } = entityOf(scene, entity);
    const { rows } = await this.#tx.query(
      `select id from ${this.#workspace.schema}.${identifier(name)} where deleted_at is null`,
    );
    const ids = rows.map(({ id }: { id: string }) => id);
    const records = await lockRecords(this.#tx, scene, entityOf(scene, entity), { ids, trash: "without" });
    return [...records.values()].filter((record) =>
      Object.entries(wanted).every(([field, value]) => alike(record[field], value)),
    ).length;
  }

  /** What a story does not speak of and records have to hold all the same is an example of its kind. */
  #completed(entity: Entity, values: Values): Values {
    const missing = [...entity.fields.values()].filter(
      ({ name, required, readOnly, system, property }) =>
        required && !readOnly && !system && property.default === undefined && !Object.hasOwn(values, name),
    );
    const examples = missing.flatMap((field) => {
      const [choice] = choicesOf(this.#model, field.property);
      const example = choice?.value ?? field.type.examples.valid[0];
      return field.targets.length > 0 || example === undefined ? [] : [[field.name, example] as const];
    });
    return { ...Object.fromEntries(examples), ...values };
  }

  /** Values with the ids of the records that they name. */
  #filled(values: object): Values {
    const fill = (value: unknown): unknown => {
      if (value === "$me") return this.#me;
      if (typeof value === "string" && value.startsWith("$")) return this.#records.get(value.slice(1))?.id ?? value;
      if (Array.isArray(value)) return value.map(fill);
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, fill(item)]));
    };
    return fill(values) as Values;
  }

  #scene(roles: readonly string[] | undefined): Scene {
    return {
      workspace: this.#workspace,
      model: this.#model,
      access: roles && accessOf(this.#model, roles),
      principal: { id: this.#me, name: "Test", roles: roles ?? [], via: "engine" },
      now: this.#now,
      operation: newId(this.#now),
      reason: null,
      ...nothingDone(),
    };
  }
}

/** Whether a record holds what is expected: nothing and null are one, of an object what is told has to be there. */
function alike(held: unknown, wanted: unknown): boolean {
  if (typeof wanted === "object" && wanted !== null && !Array.isArray(wanted))
    return Object.entries(wanted).every(([key, value]) => alike((held as Values | null | undefined)?.[key], value));
  const number = typeof held === "string" && typeof wanted === "string" && /^-?\d+(\.\d+)?$/.test(held);
  return number ? Number(held) === Number(wanted) : JSON.stringify(held ?? null) === JSON.stringify(wanted ?? null);
}
