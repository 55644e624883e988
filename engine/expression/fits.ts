import type { FunctionType, Wanted } from "../functions/function-type.ts";
import type { Node } from "./tree.ts";
import type { Type } from "./type.ts";

const textLike: ReadonlySet<Type["kind"]> = new Set(["text", "choice", "state", "id"]);

/** Types that mean the same to operators have one name here. */
export function textual(type: Type): string {
  return textLike.has(type.kind) ? "text" : type.kind;
}

/** Whether a function takes these arguments. */
export function fits(called: FunctionType, args: readonly Node[]): boolean {
  const { takes, many } = called;
  if (many ? args.length < takes.length - 1 || args.length === 0 : args.length !== takes.length) return false;
  return (
    args.every(({ type }, at) => {
      const wanted: readonly Wanted[] = takes[Math.min(at, takes.length - 1)] ?? [];
      return wanted.some(
        (it) =>
          it === "any" || it === type.kind || (it === "text-like" && textLike.has(type.kind)) || type.kind === "null",
      );
    }) &&
    (!many || new Set(args.filter(({ type }) => type.kind !== "null").map(({ type }) => textual(type))).size <= 1)
  );
}
