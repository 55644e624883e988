import { describe, expect, test } from "vitest";
import { newAjv } from "../ajv.ts";
import type { ActionType } from "./action-type.ts";
import { actions } from "./index.ts";

describe.each(Object.entries<ActionType<any>>(actions))("action %s", (name, type) => {
  const accepts = newAjv().compile(type.params);
  const holds = (params: unknown) => accepts(params) && type.lacks?.(params as object) === undefined;
  test("stands in the registry under its own name", () => expect(type.name).toBe(name));
  test.each(type.examples.valid)("accepts %j", (params) => expect(holds(params)).toBe(true));
  test.each(type.mode === "outbox" ? type.examples.valid : [])("says whether %j may be done once more", (params) => {
    const scene = { now: "2026-03-02T09:00:00.000Z", record: { id: "r1" }, entity: "thing", workflow: "thing" };
    const asked = type.effects(params, scene).map((effect) => "repeats" in effect && effect.repeats);
    expect(asked).toEqual([type.repeats?.(params)]);
  });
  test.each(type.examples.invalid)("refuses %j", (params) => expect(holds(params)).toBe(false));
});
