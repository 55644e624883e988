import type { Operator } from "./tree.ts";
import type { Type } from "./type.ts";

/** The operators as they are written. */
export const operators: Readonly<Record<string, Operator>> = {
  "&&": "and",
  "||": "or",
  "==": "==",
  "!=": "!=",
  "<": "<",
  "<=": "<=",
  ">": ">",
  ">=": ">=",
  in: "in",
  "+": "+",
  "-": "-",
  "*": "*",
  "/": "/",
  "%": "%",
};

const boolean: Type = { kind: "boolean" };
const number: Type = { kind: "number" };

/** The kinds that operators tell apart; a choice, a state and an id are texts to them. */
function kindOf(type: Type): Type["kind"] {
  return type.kind === "choice" || type.kind === "state" || type.kind === "id" ? "text" : type.kind;
}

/** The type of `left operator right`; `undefined` where the operator does not take these. */
export function operatorType(operator: Operator, left: Type, right: Type): Type | undefined {
  const one = kindOf(left);
  const other = kindOf(right);
  switch (operator) {
    case "and":
    case "or":
      return truthy(one) && truthy(other) ? boolean : undefined;
    case "==":
    case "!=":
      return equatable(one, other) ? boolean : undefined;
    case "<":
    case "<=":
    case ">":
    case ">=":
      return orderable(one, other) ? boolean : undefined;
    case "in":
      return right.kind === "list" && equatable(one, kindOf(right.of)) ? boolean : undefined;
    default:
      return arithmetic[`${one} ${operator} ${other}`] ?? nullable(operator, left, right);
  }
}

const truthy = (kind: Type["kind"]) => kind === "boolean" || kind === "null";

function equatable(one: Type["kind"], other: Type["kind"]): boolean {
  if (one === "null" || other === "null") return true;
  if (one === other) return one !== "list" && one !== "map";
  return alike.has([one, other].sort().join(" "));
}

const ordered: ReadonlySet<Type["kind"]> = new Set(["number", "text", "date", "moment", "duration", "money", "null"]);

/** Money beside a number compares its amount; a record is known by its id. */
const alike: ReadonlySet<string> = new Set(["money number", "record text"]);

function orderable(one: Type["kind"], other: Type["kind"]): boolean {
  return ordered.has(one) && ordered.has(other) && equatable(one, other);
}

const arithmetic: Readonly<Record<string, Type>> = {
  "number + number": number,
  "number - number": number,
  "number * number": number,
  "number / number": number,
  "number % number": number,
  "text + text": { kind: "text" },
  "money + money": { kind: "money" },
  "money - money": { kind: "money" },
  "money * number": { kind: "money" },
  "number * money": { kind: "money" },
  "money / number": { kind: "money" },
  "date - date": number,
  "date + duration": { kind: "date" },
  "date - duration": { kind: "date" },
  "moment - moment": { kind: "duration" },
  "moment + duration": { kind: "moment" },
  "moment - duration": { kind: "moment" },
  "duration + duration": { kind: "duration" },
  "duration - duration": { kind: "duration" },
  "duration * number": { kind: "duration" },
};

/** With null nothing comes out but null, of the other side's type. */
function nullable(operator: Operator, left: Type, right: Type): Type | undefined {
  const open = (type: Type) => type.kind === "null";
  if (!open(left) && !open(right)) return undefined;
  const known = open(left) ? right : left;
  const result = arithmetic[`${kindOf(known)} ${operator} ${kindOf(known)}`];
  return result ?? (open(known) ? number : undefined);
}
