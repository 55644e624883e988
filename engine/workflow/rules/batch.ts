import type { Action, WorkflowDocument } from "schemas";
import { isAsking } from "../../actions/action-type.ts";
import type { Entity, Model } from "../../model.ts";
import { fault, type Fault } from "../../problem.ts";
import { checkExpression, type Checked } from "../../expression/check.ts";
import { workflowScope } from "../../expression/scope.ts";
import { isExpression } from "../../values.ts";
import {
  celsAmong,
  delayHindrance,
  entityHindrances,
  fieldHindrance,
  groupHindrance,
  isOwn,
  workedHindrance,
} from "../alike.ts";
import { resolveAction } from "../params.ts";
import type { Move } from "../places.ts";
import { enteredBy, type Graph } from "./ways.ts";

/**
 * R16: the parts of a journey for which its runs are moved one by one: what invokes others, is counted by a clock, hangs on
 * a sender's right, asks the database or hands on what happened is worked out run by run; all else is foreseen for many
 * runs at once (`foresee`).
 */
export function oneByOne(graph: Graph, model: Model): readonly Fault[] {
  const { document, places, moves } = graph;
  if (document.meta.kind !== "journey") return [];
  const told = (what: string, path: string) => fault("workflow.one_by_one", { what, path });
  const { quiet_hours, caps, send_window } = document.meta;
  return [
    ...(quiet_hours ? [told("quiet hours", "/meta/quiet_hours")] : []),
    ...(caps ? [told("a cap", "/meta/caps")] : []),
    ...(send_window ? [told("hours of sending", "/meta/send_window")] : []),
    ...places.flatMap(({ node, path }) => [
      ...(node.invoke ? [told("what it has others do", `${path}/invoke`)] : []),
      ...(node.meta.clock ? [told("a clock", `${path}/meta/clock`)] : []),
      ...[...(node.entry ?? []).entries()].flatMap(([at, action]) =>
        hindrancesOf(model, action).map((what) => told(what, `${path}/entry/${at}`)),
      ),
      ...[...(node.exit ?? []).entries()].flatMap(([at, action]) =>
        hindrancesOf(model, action).map((what) => told(what, `${path}/exit/${at}`)),
      ),
    ]),
    ...moves.flatMap(({ transition: { guard, actions = [] }, path }) => [
      ...(guard?.type === "can" ? [told("a right", `${path}/guard`)] : []),
      ...actions.flatMap((action, at) =>
        hindrancesOf(model, action).map((what) => told(what, `${path}/actions/${at}`)),
      ),
    ]),
  ];
}

function hindrancesOf(model: Model, action: Action): readonly string[] {
  const resolved = resolveAction(model, action);
  if (resolved && isAsking(resolved.type, resolved.params)) return ["what it asks the database"];
  const { event, data } = resolved?.params ?? {};
  return resolved?.type.name === "raise" && (typeof event !== "string" || data !== undefined)
    ? ["what it hands on with an event"]
    : [];
}

/** What one statement may read and write of the runs of a journey. */
interface Reading {
  readonly model: Model;
  readonly entity: Entity;
  readonly expression: (cel: string) => Checked | undefined;
}

/**
 * R16: the parts of a journey for which runs whose wait is over are moved in batches, not all that stand alike by one
 * statement. What is worked out one by one anyhow (`oneByOne`) is not told again.
 */
export function inBatches(graph: Graph, model: Model): readonly Fault[] {
  const { document, moves, places } = graph;
  const entity = model.entities.get(document.meta.entity);
  if (document.meta.kind !== "journey" || !entity) return [];
  const scope = workflowScope(model, document);
  const reading = { model, entity, expression: (cel: string) => checkExpression(cel, scope).expression };
  const told = (path: string) => (what: string) => fault("workflow.in_batches", { what, path });
  const own = moves.filter((move) => byTime(graph, move));
  const entered = new Set(
    own.flatMap(({ target, transition }) => (target && transition.target ? enteredBy(graph, target) : [])),
  );
  const left = new Set(own.flatMap(({ from, transition }) => (from && transition.target ? [from] : [])));
  const waits = [...entered].flatMap(({ node, path }) =>
    Object.keys(node.after ?? {}).flatMap((name) => {
      const delay = document.meta.delays?.[name];
      const what = delay && delayHindrance(delay, entity, reading.expression);
      return what === undefined ? [] : [told(`${path}/after/${name}`)(what)];
    }),
  );
  const acting = [
    ...own.flatMap(({ transition }) => transition.actions ?? []),
    ...[...entered].flatMap(({ node }) => node.entry ?? []),
    ...[...left].flatMap(({ node }) => node.exit ?? []),
  ];
  const changing = changingFields(reading, document, acting);
  const happens = (actions: readonly Action[] | undefined, path: string) =>
    (actions ?? []).flatMap((action, at) => statementHindrances(reading, action).map(told(`${path}/${at}`)));
  return [
    ...(own.length > 0 ? entityHindrances(model, entity, changing).map(told("/meta/entity")) : []),
    ...places.flatMap((place) => [
      ...(entered.has(place) ? happens(place.node.entry, `${place.path}/entry`) : []),
      ...(left.has(place) ? happens(place.node.exit, `${place.path}/exit`) : []),
    ]),
    ...waits,
    ...own.flatMap(({ transition: { guard, actions }, path }) => {
      const cel = guard?.type === "expr" ? guard.params.cel : undefined;
      return [
        ...(cel === undefined ? [] : readHindrances(reading, [cel]).map(told(`${path}/guard`))),
        ...happens(actions, `${path}/actions`),
      ];
    }),
  ];
}

/** The fields of its record that a run may change: those that show where it stands, and what actions put into others. */
function changingFields({ model, entity }: Reading, { id }: WorkflowDocument, actions: readonly Action[]) {
  const put = new Set(
    actions.flatMap((action) => {
      const resolved = resolveAction(model, action);
      return resolved?.type.name === "record.update" ? Object.keys(resolved.params.set as object) : [];
    }),
  );
  const states = entity.stateFields.filter(({ property }) => property.workflow === id);
  return [...entity.fields.values()].filter((field) => states.includes(field) || put.has(field.name));
}

/** Whether a transition is taken when a wait is over, or follows by itself: no person or event from outside takes it. */
function byTime({ document }: Graph, { event, invoked }: Move): boolean {
  return !invoked && (event === undefined || document.meta.events[event]?.source === "run");
}

function statementHindrances(reading: Reading, action: Action): readonly string[] {
  const resolved = resolveAction(reading.model, action);
  if (!resolved || resolved.type.name === "raise" || hindrancesOf(reading.model, action).length > 0) return [];
  if (!resolved.type.alike) return [`"${resolved.type.label}"`];
  const { role, queue } = resolved.params;
  if (resolved.type.name === "notify" && (role ?? queue) !== undefined) return [groupHindrance];
  const set = resolved.type.name === "record.update" ? (resolved.params.set as object) : {};
  return [
    ...readHindrances(reading, celsAmong(resolved.params)),
    ...Object.entries(set).flatMap(([name, value]) => writtenHindrance(reading, name, value) ?? []),
  ];
}

function writtenHindrance({ entity, expression }: Reading, name: string, value: unknown): string | undefined {
  const field = entity.fields.get(name);
  const any = fieldHindrance(entity, name);
  if (any !== undefined || !field || !isExpression(value)) return any;
  return workedHindrance(field, expression(value.cel)?.type.kind);
}

function readHindrances({ expression }: Reading, cels: readonly string[]): readonly string[] {
  return cels.flatMap((cel) => {
    const checked = expression(cel);
    return checked && !isOwn(checked.node) ? [`what "${cel}" reads`] : [];
  });
}
