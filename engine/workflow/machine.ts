import type { Action, Transition, WorkflowDocument } from "schemas";
import type { ValidateFunction } from "ajv/dist/2020.js";
import type { AnyStateMachine } from "xstate";
import { newAjv } from "../ajv.ts";
import type { Path } from "../expression/tree.ts";
import type { Entity, Field, Model } from "../model.ts";
import { isExpression } from "../values.ts";
import { formsOf } from "./asked.ts";
import { documentOf, documentsFor } from "./kept.ts";
import { resolveAction, type ResolvedAction } from "./params.ts";
import { movesOf } from "./places.ts";
import { readingOf, type Reading } from "./reading.ts";
import { setupFor, xstateConfig } from "./setup.ts";
import { leavesOf, type Leaf } from "./states.ts";

/** A workflow made ready to run: XState's machine, and what it is about. */
export interface Machine extends Reading {
  readonly id: string;
  readonly document: WorkflowDocument;
  /** It is not what is published: runs stay with it, and none begins by it. */
  readonly earlier: boolean;
  readonly entity: Entity;
  /** The field that shows where a record stands. */
  readonly stateField: Field | undefined;
  /** The fields that show where it stands in other regions, by the region. */
  readonly regionFields: ReadonlyMap<string, Field>;
  readonly leaves: ReadonlyMap<string, Leaf>;
  readonly compiled: AnyStateMachine;
  /** The check of an event's data, where the document declares one. */
  readonly payload: (event: string) => ValidateFunction | undefined;
  /** What its expressions read beyond the record itself. */
  readonly paths: readonly Path[];
  /** What the expressions read that stand anywhere in a part of the document. */
  reads(part: unknown): readonly Path[];
  /** What an action of the document stands for. */
  resolved(action: Action): ResolvedAction | undefined;
  /** The fields that must be filled in by whoever has these transitions (`meta.id`) taken. */
  readonly forms: (taken: readonly string[]) => readonly string[];
}

const machines = new WeakMap<Model, Map<WorkflowDocument, Machine>>();

/** The machine of a workflow under a model, or the one by which runs of a version of the model go; built once. */
export function machineOf(model: Model, name: string, version = model.version): Machine | undefined {
  const document = documentOf(model, name, version);
  return document && built(model, document);
}

/** The machines by which runs of a workflow go: the published one first, then those with which some stay. */
export function machinesFor(model: Model, name: string): readonly Machine[] {
  return documentsFor(model, name).flatMap((document) => built(model, document) ?? []);
}

/** Whether a run goes by a machine. */
export function goesBy(model: Model, run: { workflow: string; version: number }, { id, document }: Machine): boolean {
  return run.workflow === id && documentOf(model, id, run.version) === document;
}

function built(model: Model, document: WorkflowDocument): Machine | undefined {
  const known = machines.get(model) ?? new Map<WorkflowDocument, Machine>();
  machines.set(model, known);
  const machine = known.get(document) ?? compileMachine(model, document);
  if (machine) known.set(document, machine);
  return machine;
}

/** Builds the machine of a document, one that is pinned by running records for instance. */
export function compileMachine(model: Model, document: WorkflowDocument): Machine | undefined {
  const entity = model.entities.get(document.meta.entity);
  if (!entity) return undefined;
  const reading = readingOf(model, document);
  const { expression } = reading;
  const fields = entity.stateFields.filter(({ property }) => property.workflow === document.id);
  const payloads = new Map<string, ValidateFunction | undefined>();
  const reads = (part: unknown) => celsIn(part).flatMap((cel) => expression(cel)?.paths ?? []);
  return {
    id: document.id,
    document,
    earlier: documentsFor(model, document.id).indexOf(document) > 0,
    entity,
    stateField: fields.find(({ property }) => property.region === undefined),
    regionFields: new Map(
      fields.flatMap((field) => (typeof field.property.region === "string" ? [[field.property.region, field]] : [])),
    ),
    leaves: new Map(leavesOf(document).map((leaf) => [leaf.key, leaf])),
    paths: reads(document).filter(({ length, 0: first }) => length > 1 || first?.list),
    reads,
    resolved: (action) => resolveAction(model, action),
    forms: formsOf(document),
    payload: (event) => {
      const schema = document.meta.events[event]?.payload;
      if (schema && !payloads.has(event)) payloads.set(event, newAjv({ known: true }).compile(schema));
      return payloads.get(event);
    },
    compiled: setupFor(model, document, reading).createMachine(xstateConfig(document, reading) as object),
    ...reading,
  };
}

/** Every expression that a document holds. */
function celsIn(value: unknown): readonly string[] {
  if (isExpression(value)) return [value.cel];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(celsIn) : [];
}

/** Every transition of a document. */
export function transitionsIn(document: WorkflowDocument): readonly Transition[] {
  return movesOf(document).map(({ transition }) => transition);
}
