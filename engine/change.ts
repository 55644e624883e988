import type { Model } from "./model.ts";

/** One move of a plan, as data: it is stored with the version that made it. */
export type Move =
  | {
      readonly act: "entity.create" | "entity.hide" | "entity.restore";
      readonly entity: string;
      readonly anchor: string;
    }
  | { readonly act: "entity.rename"; readonly anchor: string; readonly from: string; readonly to: string }
  | {
      readonly act: "entity.unique";
      readonly entity: string;
      readonly anchor: string;
      readonly fields: readonly string[];
      readonly unique: boolean;
    }
  | (OfField & { readonly act: "field.add" | "field.hide" | "field.restore" })
  | (OfField & { readonly act: "field.rename"; readonly from: string; readonly to: string })
  | (OfField & {
      readonly act: "field.retype";
      readonly from: string;
      readonly to: string;
      readonly mapping?: ValueMapping;
    })
  | (OfField & { readonly act: "field.limits"; readonly limits: readonly string[] })
  | (OfField & { readonly act: "field.asked" | "field.offers" })
  | {
      readonly act: "rule.hold" | "rule.off";
      readonly entity: string;
      readonly anchor: string;
      /** The rule by its own anchor, and by what it says. */
      readonly rule: string;
      readonly message: string;
    }
  | (OfField & { readonly act: "field.required"; readonly required: boolean })
  | (OfField & { readonly act: "field.unique"; readonly unique: boolean })
  | (OfField & {
      readonly act: "choices.change";
      readonly added: readonly string[];
      readonly removed: readonly string[];
      readonly mapping?: ValueMapping;
    })
  | (OfDocument & { readonly act: "document.add" | "document.change" | "document.remove" })
  | (OfDocument & { readonly act: "document.rename"; readonly from: string; readonly to: string });

/** What becomes of stored values: another value, or nothing. */
export type ValueMapping = Readonly<Record<string, string | null>>;

/**
 * Mappings of a change, by the address of a field or the anchor of a workflow. That of a workflow says where runs go from
 * states, and by `delays/<name>` whether waits that have begun follow their new terms.
 */
export type Mappings = Readonly<Record<string, ValueMapping>>;

export interface OfField {
  /** The entity's name in the next model; for what is hidden, in the present one. */
  readonly entity: string;
  readonly field: string;
  readonly address: string;
}

export interface OfDocument {
  readonly kind: string;
  readonly name: string;
  readonly anchor: string;
}

/** How a move holds others up: not at all, for a moment, while rows are read, while an index is built. */
export type Lock = "none" | "moment" | "scan" | "build";

/** One move of a plan with what a person wants to know of it: what it is, whom it holds up, what takes it back. */
export type Change = Move & { readonly title: string; readonly lock: Lock; readonly inverse: Move };

/** The change that a move is between two models. */
export function changeOf(move: Move, now: Model, next: Model): Change {
  return { ...move, title: titleOf(move, now, next), lock: lockOf(move), inverse: inverseOf(move) };
}

/** The move that takes another one back. */
export function inverseOf(move: Move): Move {
  switch (move.act) {
    case "entity.create":
    case "entity.restore":
      return { ...move, act: "entity.hide" };
    case "entity.hide":
      return { ...move, act: "entity.restore" };
    case "field.add":
    case "field.restore":
      return { ...move, act: "field.hide" };
    case "field.hide":
      return { ...move, act: "field.restore" };
    case "entity.rename":
      return { ...move, from: move.to, to: move.from };
    case "field.retype": {
      const { mapping: _, ...rest } = move;
      return { ...rest, from: move.to, to: move.from };
    }
    case "field.limits":
    case "field.asked":
    case "field.offers":
      return move;
    case "rule.hold":
      return { ...move, act: "rule.off" };
    case "rule.off":
      return { ...move, act: "rule.hold" };
    case "field.rename":
      return { ...move, field: move.from, from: move.to, to: move.from };
    case "document.rename":
      return { ...move, name: move.from, from: move.to, to: move.from };
    case "field.required":
      return { ...move, required: !move.required };
    case "entity.unique":
    case "field.unique":
      return { ...move, unique: !move.unique };
    case "choices.change":
      return { act: move.act, ...placeOf(move), added: move.removed, removed: move.added };
    case "document.add":
      return { ...move, act: "document.remove" };
    case "document.remove":
      return { ...move, act: "document.add" };
    case "document.change":
      return move;
  }
}

const placeOf = ({ entity, field, address }: OfField): OfField => ({ entity, field, address });

function lockOf(move: Move): Lock {
  switch (move.act) {
    case "field.retype":
      return "scan";
    case "field.required":
      return move.required ? "scan" : "moment";
    case "field.unique":
    case "entity.unique":
      return move.unique ? "build" : "moment";
    case "field.restore":
    case "entity.restore":
      return "build";
    case "choices.change":
      return move.mapping ? "scan" : "none";
    case "field.limits":
    case "field.asked":
    case "field.offers":
    case "rule.hold":
    case "rule.off":
    case "document.add":
    case "document.change":
    case "document.remove":
    case "document.rename":
      return "none";
    default:
      return "moment";
  }
}

function titleOf(move: Move, now: Model, next: Model): string {
  const entity = (name: string) => (next.entities.get(name) ?? now.entities.get(name))?.title ?? name;
  const field = (at: OfField) => {
    const found =
      next.entities.get(at.entity)?.fields.get(at.field) ?? now.entities.get(at.entity)?.fields.get(at.field);
    return `"${found?.title ?? at.field}" of ${entity(at.entity)}`;
  };
  switch (move.act) {
    case "entity.create":
      return `Create ${entity(move.entity)}.`;
    case "entity.hide":
      return `Remove ${entity(move.entity)}; its records are kept for 30 days.`;
    case "entity.restore":
      return `Bring ${entity(move.entity)} back with its records.`;
    case "entity.rename":
      return `Rename the entity "${move.from}" to "${move.to}".`;
    case "entity.unique":
      return move.unique
        ? `Let no two records of ${entity(move.entity)} share a set of fields.`
        : `Let records of ${entity(move.entity)} share a set of fields.`;
    case "field.add":
      return `Add ${field(move)}.`;
    case "field.hide":
      return `Remove ${field(move)}; its values are kept for 30 days.`;
    case "field.restore":
      return `Bring ${field(move)} back with its values.`;
    case "field.rename":
      return `Rename the field "${move.from}" of ${entity(move.entity)} to "${move.to}".`;
    case "field.retype":
      return `Turn ${field(move)} from ${move.from} into ${move.to}.`;
    case "field.required":
      return move.required ? `Ask for ${field(move)}.` : `Let ${field(move)} be empty.`;
    case "field.unique":
      return move.unique ? `Let no two records share ${field(move)}.` : `Let records share ${field(move)}.`;
    case "choices.change":
      return `Change the choices of ${field(move)}.`;
    case "field.limits":
      return `Narrow what ${field(move)} may hold; new values are held to it.`;
    case "field.asked":
      return `Ask for ${field(move)} by a condition; records are held to it when they are next written.`;
    case "field.offers":
      return `Offer some choices of ${field(move)} by a condition.`;
    case "rule.hold":
      return `Hold ${entity(move.entity)} to the rule "${move.message}"`;
    case "rule.off":
      return `Hold ${entity(move.entity)} no longer to the rule "${move.message}"`;
    case "document.add":
      return `Add the ${move.kind} "${move.name}".`;
    case "document.change":
      return `Change the ${move.kind} "${move.name}".`;
    case "document.remove":
      return `Remove the ${move.kind} "${move.name}".`;
    case "document.rename":
      return `Rename the ${move.kind} "${move.from}" to "${move.to}".`;
  }
}
