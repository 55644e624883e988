import { addressOfChoices, addressOfList, addressOfValue } from "../address.ts";
import { formulasOf } from "../formulas.ts";
import { choicesOf, type Entity, type Field } from "../model.ts";
import { nearest } from "../nearest.ts";
import { fault, type Fault } from "../problem.ts";
import { functions } from "../functions/index.ts";
import type { FunctionType } from "../functions/function-type.ts";
import { rolesAddress } from "../system-entities.ts";
import { leavesBelow, stateKeys } from "../workflow/states.ts";
import { beenNode } from "./been.ts";
import { fits, textual } from "./fits.ts";
import { dateOf, durationOf, momentOf } from "./literal.ts";
import { asKind, isComparison, isSettled, settled } from "./open.ts";
import { operators, operatorType } from "./operator.ts";
import { parseExpression, type ASTNode } from "./parse.ts";
import type { Scope } from "./scope.ts";
import { below, isMany, type Name, type Node, type Operator, type Path, type Place, type Step } from "./tree.ts";
import { keptText, type Type } from "./type.ts";

/** An expression whose every name and type has been found. */
export interface Checked {
  readonly text: string;
  readonly type: Type;
  readonly node: Node;
  /** Every field that it reads. */
  readonly paths: readonly Path[];
  /** Whether it says something else tomorrow. */
  readonly usesClock: boolean;
}

/** Checks a text as an expression in a scope. `expected` is the kind that its result must have. */
export function checkExpression(
  text: string,
  scope: Scope,
  expected?: { readonly kind: Type["kind"] },
): { readonly expression?: Checked; readonly faults: readonly Fault[] } {
  const { ast, faults } = parseExpression(text);
  if (!ast) return { faults };
  const checker = new Checker(scope);
  const read = checker.read(ast);
  if (!read || checker.faults.length > 0) return { faults: checker.faults };
  const node = expected && isSettled(expected.kind) ? asKind(read, expected.kind) : read;
  if (expected && node.type.kind !== expected.kind && node.type.kind !== "null" && node.type.kind !== "json")
    return { faults: [fault("expression.result", { wanted: expected.kind, found: node.type.kind })] };
  return { expression: { text, type: node.type, node, ...facts(node) }, faults: [] };
}

/** What a text names, as far as it can be read in a scope: fields, lists, choices and states, in the order of the text. */
export function namesIn(text: string, scope: Scope): readonly Name[] {
  const { ast } = parseExpression(text);
  const checker = new Checker(scope);
  if (ast) checker.read(ast);
  return [...checker.names.values()].sort((one, other) => one.start - other.start);
}

function facts(root: Node): { paths: readonly Path[]; usesClock: boolean } {
  const paths: Path[] = [];
  let usesClock = false;
  const visit = (node: Node) => {
    if (node.op === "path" && node.root === "record" && node.steps.length > 0) paths.push(node.steps);
    if (node.op === "now" || node.op === "today") usesClock = true;
    for (const child of below(node)) visit(child);
  };
  visit(root);
  return { paths, usesClock };
}

const booleanType: Type = { kind: "boolean" };

/** Walks the syntax tree once; what it cannot read it tells, and goes on with the rest. */
class Checker {
  readonly faults: Fault[] = [];
  /** By the place in the text where each begins. */
  readonly names = new Map<number, Name>();
  readonly #scope: Scope;
  readonly #variables = new Map<string, string>();

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  read(ast: ASTNode): Node | undefined {
    const place = { start: ast.start, end: ast.end };
    switch (ast.op) {
      case "value":
        return this.#literal(ast.args, place);
      case "id":
        return this.#name(ast.args, place);
      case ".":
        return this.#step(ast.args[0], ast.args[1], place);
      case "list":
        return this.#list(ast.args, place);
      case "!_":
        return this.#unary("not", ast.args, place);
      case "-_":
        return this.#unary("negate", ast.args, place);
      case "?:":
        return this.#choice(ast.args, place);
      case "call":
        return this.#call(ast.args[0], ast.args[1], place, false);
      case "rcall":
        return this.#method(ast.args[0], ast.args[1], ast.args[2], place);
      default:
        return this.#binary(ast.op, ast.args, place);
    }
  }

  #fail(told: Fault): undefined {
    if (this.faults.length < 50) this.faults.push(told);
    return undefined;
  }

  #literal(value: unknown, place: Place): Node | undefined {
    if (value === null) return { op: "literal", type: { kind: "null" }, value, ...place };
    if (typeof value === "boolean") return { op: "literal", type: booleanType, value, ...place };
    if (typeof value === "string") {
      // An escape can write what no text of a record holds.
      if (value.includes("\0") || !value.isWellFormed()) return this.#fail(fault("value.not_text", {}));
      return { op: "literal", type: { kind: "text" }, value, ...place };
    }
    if (typeof value === "bigint" || (typeof value === "number" && Number.isFinite(value)))
      return { op: "literal", type: { kind: "number" }, value: String(value), ...place };
    return this.#fail(fault("expression.unsupported", { what: "This kind of literal" }));
  }

  #name(name: string, place: Place): Node | undefined {
    const { entity, roots } = this.#scope;
    const variable = this.#variables.get(name);
    if (variable !== undefined)
      return { op: "path", type: { kind: "record", entities: [variable] }, root: name, steps: [], ...place };
    const step = entity && this.#stepFrom(entity, name);
    if (step) {
      this.#note(step, name, place);
      return { op: "path", type: this.#typeOf([step]), root: "record", steps: [step], ...place };
    }
    const type = roots.get(name);
    if (type) return { op: "path", type, root: name, steps: [], ...place };
    if (name === "now") return { op: "now", type: { kind: "moment" }, ...place };
    if (name === "today") return { op: "today", type: { kind: "date" }, ...place };
    return this.#unknown(entity, name);
  }

  #unknown(entity: Entity | undefined, name: string): undefined {
    const names = [
      ...this.#visibleNames(entity),
      ...this.#scope.roots.keys(),
      ...this.#variables.keys(),
      "now",
      "today",
    ];
    const hint = nearest(name, names);
    return this.#fail(
      fault("field.unknown", {
        entity: entity?.name ?? "this place",
        field: name,
        ...(hint === undefined ? {} : { hint }),
      }),
    );
  }

  #visibleNames(entity: Entity | undefined): readonly string[] {
    const { visible } = this.#scope;
    return [...(entity?.fields.values() ?? [])].filter((field) => !visible || visible(field)).map(({ name }) => name);
  }

  #stepFrom(entity: Entity, name: string): Step | undefined {
    const { visible } = this.#scope;
    const field = entity.fields.get(name);
    if (field && (!visible || visible(field))) {
      const [to, ...others] = field.targets;
      const { model } = this.#scope;
      const formula = () => formulasOf(model, entity).get(name);
      const leads = to !== undefined && others.length === 0 ? { to } : {};
      return { name, field, ...leads, ...(field.type.name === "formula" ? { formula } : {}) };
    }
    const list = entity.inverses.get(name);
    return list && (!visible || visible(list.reference)) ? { name, list, to: list.entity } : undefined;
  }

  #note({ field, list }: Step, name: string, { end }: Place): void {
    const address = field?.address ?? (list && addressOfList(list.reference));
    if (address !== undefined) this.names.set(end - name.length, { start: end - name.length, end, address });
  }

  #typeOf(steps: Path): Type {
    const last = steps.at(-1);
    const field = last?.field;
    const one: Type = field ? this.#fieldType(field) : { kind: "record", entities: [last?.to ?? ""] };
    return steps.some(({ list }) => list) ? { kind: "list", of: one } : one;
  }

  #fieldType(field: Field): Type {
    const type = field.type.type(field.property);
    const choice: Type = {
      kind: "choice",
      values: this.#valuesOf(field),
      of: addressOfChoices(this.#scope.model, field),
    };
    if (type.kind === "list" && type.of.kind === "choice") return { kind: "list", of: choice };
    return type.kind === "choice" ? choice : type;
  }

  /** The roles of a user are those that there are. */
  #valuesOf({ address, property }: Field): readonly string[] {
    const { model } = this.#scope;
    if (address === rolesAddress) return [...model.roles.keys(), "admin"];
    return choicesOf(model, property).map(({ value }) => value);
  }

  #step(from: ASTNode, name: string, place: Place): Node | undefined {
    const base = this.read(from);
    if (!base) return undefined;
    if (base.type.kind === "money" && (name === "amount" || name === "currency"))
      return { op: "member", type: { kind: name === "amount" ? "number" : "text" }, of: base, name, ...place };
    if (base.type.kind === "json" || base.type.kind === "map") {
      const type = base.type.kind === "map" ? base.type.members[name] : base.type;
      if (type) return { op: "member", type, of: base, name, ...place };
    }
    const element = base.type.kind === "list" ? base.type.of : base.type;
    if (base.op !== "path" || element.kind !== "record" || element.entities.length !== 1)
      return this.#fail(fault("expression.no_member", { name }));
    const entity = this.#scope.model.entities.get(element.entities[0] ?? "");
    const step = entity && this.#stepFrom(entity, name);
    if (!step) return this.#unknown(entity, name);
    this.#note(step, name, place);
    const steps = [...base.steps, step];
    return { op: "path", type: this.#typeOf(steps), root: base.root, steps, ...place };
  }

  #list(items: readonly ASTNode[], place: Place): Node | undefined {
    const args = items.map((item) => this.read(item));
    if (!args.every((item) => item !== undefined)) return undefined;
    return { op: "list", type: { kind: "list", of: args[0]?.type ?? { kind: "null" } }, args, ...place };
  }

  #unary(op: "not" | "negate", ast: ASTNode, place: Place): Node | undefined {
    const arg = this.read(ast);
    if (!arg) return undefined;
    const kinds: readonly Type["kind"][] = op === "not" ? ["boolean", "json", "null"] : ["number", "money", "duration"];
    if (!kinds.includes(arg.type.kind)) return this.#misfit(op === "not" ? "!" : "-", [arg]);
    return { op, type: op === "not" ? booleanType : arg.type, args: [asKind(arg, "boolean")], ...place };
  }

  #choice(asts: readonly [ASTNode, ASTNode, ASTNode], place: Place): Node | undefined {
    const [asked, yes, no] = asts.map((it) => this.read(it));
    if (!asked || !yes || !no) return undefined;
    const condition = asKind(asked, "boolean");
    const same = yes.type.kind === "null" ? no.type : yes.type;
    const fits = yes.type.kind === "null" || no.type.kind === "null" || textual(yes.type) === textual(no.type);
    if (condition.type.kind !== "boolean" || !fits || [yes, no].some(isMany))
      return this.#misfit("? :", [condition, yes, no]);
    return { op: "if", type: same, args: [condition, yes, no], ...place };
  }

  #binary(written: string, asts: unknown, place: Place): Node | undefined {
    const op = operators[written];
    if (!op) return this.#fail(fault("expression.unsupported", { what: `"${written}"` }));
    const read = (asts as [ASTNode, ASTNode]).map((it) => this.read(it));
    if (!read[0] || !read[1]) return undefined;
    const coerced = this.#coerced(op, read[0], read[1]);
    if (!coerced) return undefined;
    const args = settled(op, ...coerced);
    if (!args || isMany(args[0]) || (op !== "in" && isMany(args[1]))) return this.#misfit(written, coerced);
    const open = coerced.some(({ type }) => type.kind === "json");
    const type = open && isComparison(op) ? booleanType : operatorType(op, args[0].type, args[1].type);
    return type ? { op, type, args, ...place } : this.#misfit(written, args);
  }

  #misfit(operator: string, args: readonly Node[]): undefined {
    return this.#fail(fault("expression.type", { operator, types: args.map(({ type }) => type.kind).join(" and ") }));
  }

  /** A text beside a date is a date, beside a choice one of its values, beside a state one of its keys. */
  #coerced(op: Operator, left: Node, right: Node): readonly [Node, Node] | undefined {
    if (op === "in" && right.op === "list") {
      const args = right.args.map((item) => this.#asType(item, left.type));
      return args.every((item) => item !== undefined) ? [left, { ...right, args }] : undefined;
    }
    const one = this.#asType(left, op === "in" && right.type.kind === "list" ? right.type.of : right.type);
    const other = this.#asType(right, left.type);
    return one && other ? [one, other] : undefined;
  }

  #asType(node: Node, type: Type): Node | undefined {
    if (node.op !== "literal" || typeof node.value !== "string" || node.type.kind !== "text") return node;
    if (type.kind === "text") return { ...node, value: keptText(type, node.value) };
    const reader = { date: dateOf, moment: momentOf, duration: durationOf }[type.kind as "date"] as
      ((text: string) => string | undefined) | undefined;
    if (reader) {
      const value = reader(node.value);
      return value === undefined
        ? this.#fail(fault("expression.literal", { text: node.value, wanted: type.kind }))
        : { ...node, type, value };
    }
    const values = type.kind === "choice" ? type.values : type.kind === "state" ? this.#states(type) : [];
    if (values.length === 0) return node;
    if (values.includes(node.value)) {
      const address = addressOfValue(this.#scope.model, type, node.value);
      if (address !== undefined)
        this.names.set(node.start, { start: node.start, end: node.end, address, quoted: true });
      return node;
    }
    const hint = nearest(node.value, values);
    return this.#fail(fault("expression.choice", { value: node.value, ...(hint === undefined ? {} : { hint }) }));
  }

  #states({ workflow, region }: Type & { readonly kind: "state" }): readonly string[] {
    const document = this.#scope.model.workflows.get(workflow);
    return document ? stateKeys(document, region) : [];
  }

  #method(name: string, target: ASTNode, args: readonly ASTNode[], place: Place): Node | undefined {
    if (name === "any" || name === "all" || name === "none" || name === "exists")
      return this.#some(name === "exists" ? "any" : name, target, args, place);
    return this.#call(name, [target, ...args], place, true);
  }

  #some(
    how: "any" | "all" | "none",
    target: ASTNode,
    [variable, condition]: readonly ASTNode[],
    place: Place,
  ): Node | undefined {
    const list = this.read(target);
    if (!list) return undefined;
    if (list.op !== "path" || list.type.kind !== "list" || list.type.of.kind !== "record" || !list.steps.at(-1)?.list)
      return this.#fail(fault("expression.no_list", { how }));
    if (variable?.op !== "id" || !condition) return this.#fail(fault("expression.arguments", { name: how }));
    const shadowed = this.#variables.get(variable.args);
    this.#variables.set(variable.args, list.type.of.entities[0] ?? "");
    const found = this.read(condition);
    const read = found && asKind(found, "boolean");
    if (shadowed === undefined) this.#variables.delete(variable.args);
    else this.#variables.set(variable.args, shadowed);
    if (!read) return undefined;
    if (read.type.kind !== "boolean") return this.#misfit(how, [read]);
    return { op: "some", type: booleanType, how, list, variable: variable.args, condition: read, ...place };
  }

  #call(name: string, asts: readonly ASTNode[], place: Place, method: boolean): Node | undefined {
    const read = asts.map((it) => this.read(it));
    if (!read.every((it) => it !== undefined)) return undefined;
    const args = read as readonly Node[];
    if (args.some(isMany)) return this.#fail(fault("expression.arguments", { name }));
    const built = this.#builtIn(name, args, place);
    if (built) return built === "faulty" ? undefined : built;
    const called: FunctionType | undefined = (functions as Record<string, FunctionType>)[name];
    if (!called || !Object.hasOwn(functions, name) || (method && !called.method)) {
      const hint = nearest(name, Object.keys(functions));
      return this.#fail(fault("expression.function", { name, ...(hint === undefined ? {} : { hint }) }));
    }
    if (!fits(called, args)) return this.#fail(fault("expression.arguments", { name }));
    const type = typeof called.gives === "function" ? called.gives(args.map((it) => it.type)) : called.gives;
    return { op: "call", type, called, args, ...place };
  }

  #inSegment(known: ReadonlyMap<string, string>, name: Node & { readonly op: "literal" }, place: Place) {
    const segment = known.get(String(name.value));
    if (segment === undefined) {
      const hint = nearest(String(name.value).slice(0, 80), known.keys());
      this.#fail(
        fault("segment.unknown", { segment: String(name.value).slice(0, 80), ...(hint === undefined ? {} : { hint }) }),
      );
      return "faulty" as const;
    }
    this.names.set(name.start, { start: name.start, end: name.end, address: segment, quoted: true });
    return { op: "in_segment", type: booleanType, segment, ...place } as const;
  }

  /** What looks like a function and is read by the checker itself: literals of time, `has`, `in_state`. */
  #builtIn(name: string, args: readonly Node[], place: Place): Node | "faulty" | undefined {
    const [first, second] = args;
    if (name === "has" && first && args.length === 1)
      return {
        op: "!=",
        type: booleanType,
        args: [first, { op: "literal", type: { kind: "null" }, value: null, ...place }],
        ...place,
      };
    if (
      (name === "date" || name === "timestamp" || name === "duration") &&
      first?.op === "literal" &&
      args.length === 1
    )
      return this.#asType(first, { kind: name === "timestamp" ? "moment" : name }) ?? "faulty";
    if (name === "in_segment" && this.#scope.segments && first?.op === "literal" && args.length === 1)
      return this.#inSegment(this.#scope.segments, first, place);
    const been = this.#scope.segments && beenNode(this.#scope.model, name, args, place);
    if (been) return been;
    if (name !== "in_state" || first?.type.kind !== "state" || second?.op !== "literal") return undefined;
    const document = this.#scope.model.workflows.get(first.type.workflow);
    const keys = document ? leavesBelow(document, String(second.value), first.type.region) : [];
    const known = this.#asType(second, first.type);
    if (!known || (document && keys.length === 0)) return "faulty";
    const items = keys.map((key): Node => ({ op: "literal", type: { kind: "text" }, value: key, ...place }));
    const list: Node = { op: "list", type: { kind: "list", of: { kind: "text" } }, args: items, ...place };
    return { op: "in", type: booleanType, args: [first, list], ...place };
  }
}
