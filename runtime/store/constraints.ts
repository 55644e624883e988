import { problem, type Model, type Problem } from "engine";
import { constraintsOf } from "engine/sql";
import { sqlState } from "../database/begin.ts";

/**
 * What a broken constraint says to the caller: the last line, for what the checks before it cannot see. Only SQLSTATE
 * and the primary message are read, which are the same through every server in between.
 */
export function constraintProblem(model: Model, error: unknown): Problem | undefined {
  const state = sqlState(error);
  if (state !== "23505" && state !== "23503") return undefined;
  const name = /constraint "([^"]+?)(?:_\d{6,})?"/.exec(error instanceof Error ? error.message : "")?.[1] ?? "";
  const broken = constraintsOf(model).get(name);
  const fields = (broken?.structure.fields ?? []).flatMap(
    (it) => model.entities.get(broken?.entity ?? "")?.fields.get(it) ?? [],
  );
  const titles = fields.map(({ title }) => title).join(", ");
  const path = fields[0] ? `/${fields[0].name}` : "";
  if (state === "23505" && broken) return problem("record.duplicate", { fields: titles, path });
  // The index of a unique rule that is being published stands before the model that names its fields.
  if (state === "23505" && /^uq_[0-9a-f]{24}_[kp]$/.test(name))
    return problem("record.duplicate", { fields: "values" });
  if (state === "23503" && broken) return problem("reference.missing", { entity: fields[0]?.targets[0] ?? "", path });
  return undefined;
}
