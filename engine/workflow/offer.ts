import { withFormulas } from "../formulas.ts";
import { brokenRules } from "../rules.ts";
import type { Fault } from "../problem.ts";
import type { Model } from "../model.ts";
import type { Effect } from "../effect.ts";
import { emptyIn } from "./asked.ts";
import { candidates, chosen, guardTold, refusalOf, tried, type Snapshot, type Step } from "./kernel.ts";
import { transitionsIn, type Machine } from "./machine.ts";
import type { RunScene } from "./reading.ts";
import { leafIn } from "./states.ts";

/** A move that could be made with a record, and what stands against it. */
export interface Offer {
  readonly type: string;
  readonly title: string;
  readonly workflow: string;
  /** Of a process, of which a record may go through several: the run that is meant. */
  readonly run?: string;
  /** The leaf that it leads to, when it is allowed. */
  readonly target: string | null;
  readonly allowed: boolean;
  readonly blocked: readonly { readonly code: string; readonly guard: string | null; readonly why: string }[];
  /** Fields of the record that are asked for on the way. */
  readonly form: readonly { readonly field: string; readonly required: boolean }[];
  /** What else will happen, in words. */
  readonly follows: readonly string[];
}

/** What may be sent to a run where it stands: `may` says whether the reader has the right to an event. */
export function offered(
  model: Model,
  machine: Machine,
  at: Snapshot,
  scene: RunScene,
  may: (event: string) => boolean,
): readonly Offer[] {
  return Object.entries(machine.document.meta.events).flatMap(([type, declared]) => {
    if (declared.source !== "user" || candidates(machine, at, type).length === 0) return [];
    return [offer(model, machine, at, scene, type, may(type))];
  });
}

function offer(model: Model, machine: Machine, at: Snapshot, scene: RunScene, type: string, allowed: boolean): Offer {
  const environment = { ...scene, context: at.context, event: { type } };
  const taken = chosen(machine, at, { type }, scene);
  const title = taken?.meta.title ?? machine.document.meta.events[type]?.title ?? type;
  const base = { type, title, workflow: machine.id, target: null, allowed: false, form: [], follows: [] };
  if (!taken) {
    const blocked = candidates(machine, at, type).map((it) => ({
      code: "guard.fails",
      guard: guardTold(machine, it, scene),
      why: refusalOf(machine, it, environment),
    }));
    return { ...base, blocked };
  }
  const move = tried(machine, at, { type }, scene);
  if (!move)
    return { ...base, blocked: [{ code: "run.failed", guard: null, why: "The workflow does not come to rest." }] };
  const right = machine.document.meta.events[type]?.right;
  const blocked = allowed
    ? []
    : [
        {
          code: "right.missing",
          guard: null,
          why: `Your roles do not give the right${right ? ` ${right}` : ""} to "${title}".`,
        },
      ];
  const asked = transitionsIn(machine.document)
    .filter(({ meta }) => move.taken.includes(meta.id))
    .flatMap(({ meta }) => (meta.form ?? []).map(({ field, required = false }) => ({ field, required })));
  const form = merged([...asked, ...required(model, machine, { move, scene })]);
  return {
    ...base,
    target: move.state,
    allowed,
    blocked,
    form,
    follows: move.effects.flatMap((effect) => told(model, effect)),
  };
}

interface Tried {
  readonly move: Step;
  readonly scene: RunScene;
}

/** What the states that are entered, and the rules of the entity in them, want filled and find empty. */
function required(model: Model, machine: Machine, { move, scene }: Tried): Offer["form"] {
  const { document, stateField, regionFields } = machine;
  const { value } = move.snapshot;
  const record = {
    ...scene.record,
    ...move.patch,
    ...(stateField ? { [stateField.name]: move.state } : {}),
    ...Object.fromEntries([...regionFields].map(([region, { name }]) => [name, leafIn(document, value, region)])),
  };
  const environment = withFormulas(model, machine.entity, { ...scene, record });
  const wanted = emptyIn(record, move.requires);
  const broken = brokenRules(model, machine.entity, environment, { changed: [] }).flatMap(wantedBy);
  return [...wanted, ...broken]
    .filter((name) => machine.entity.fields.get(name)?.readOnly === false)
    .map((field) => ({ field, required: true }));
}

/** A rule names the fields that it wants filled; what a condition wants is where the fault is. */
function wantedBy({ code, hint, path }: Fault): readonly string[] {
  return code === "rule.broken" ? (hint?.split(", ") ?? []) : [path.slice(1)];
}

function merged(form: Offer["form"]): Offer["form"] {
  const byField = new Map<string, boolean>();
  for (const { field, required } of form) byField.set(field, (byField.get(field) ?? false) || required);
  return [...byField].map(([field, required]) => ({ field, required }));
}

function told(model: Model, effect: Effect): readonly string[] {
  if (effect.do === "notify") return [`Notifies: ${effect.title}`];
  if (effect.do !== "record.create") return [];
  const entity = model.entities.get(effect.entity);
  const name = entity?.nameField && effect.values[entity.nameField.name];
  return [`${entity?.title ?? effect.entity}: ${typeof name === "string" ? name : ""}`];
}
