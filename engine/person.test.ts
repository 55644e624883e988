import type { AnyDocument } from "schemas";
import { describe, expect, test } from "vitest";
import { check } from "./check.ts";
import { mentionsOf } from "./documents/index.ts";
import { readModel } from "./model.ts";
import { languageBeside, languageKept } from "./person.ts";

const entity = (name: string, properties: object, person?: object) =>
  ({
    ...{ $schema: "urn:trellis:entity:1", $id: name, $anchor: `ent_${name}`, type: "object", title: name },
    ...(person ? { person } : {}),
    properties,
  }) as unknown as AnyDocument;
const mail = { $anchor: "fld_mail", field: "email", title: "Mail" };
const guest = (tongue: object, language = "tongue") =>
  entity(
    "guest",
    { mail, tongue: { $anchor: "fld_tongue", title: "Tongue", ...tongue } },
    { address: "mail", language },
  );
const stay = entity("stay", {
  mail: { ...mail, $anchor: "fld_stay_mail" },
  guest: { $anchor: "fld_guest", field: "reference", title: "Guest", to: "guest" },
});
const choices = ["en", "ja-JP"].map((value) => ({ value, title: value }));

describe("the language of a person", () => {
  test.each([
    [{ field: "text", maxLength: 35 }, "zh-Hant", { tongue: "zh-Hant" }],
    [{ field: "text", maxLength: 3 }, "zh-Hant", {}],
    [{ field: "select", choices }, "ja", { tongue: "ja-JP" }],
    [{ field: "select", choices }, "id", {}],
  ])("is kept as the field %j takes it: %s", (tongue, tag, kept) => {
    const model = readModel([guest(tongue)]);
    expect(languageKept(model, model.entities.get("guest")!, tag)).toEqual(kept);
  });

  test("is read beside the address that a mail goes to", () => {
    const model = readModel([guest({ field: "text" }), stay]);
    const beside = (of: string, to: string) => languageBeside(model, of, to);
    expect([beside("guest", "mail"), beside("stay", "guest.mail")]).toEqual(["tongue", "guest.tongue"]);
    expect([beside("stay", "mail"), beside("stay", "guest.post"), beside("stay", "")]).toEqual(
      Array(3).fill(undefined),
    );
    expect(languageKept(model, model.entities.get("stay")!, "ja")).toEqual({});
  });

  test("and her address follow the fields that hold them", () => {
    const model = readModel([guest({ field: "text" })]);
    const told = mentionsOf(guest({ field: "text" }), model).map(({ steps, address }) => [steps.join("."), address]);
    expect(told).toEqual([
      ["person.address", "ent_guest#fld_mail"],
      ["person.language", "ent_guest#fld_tongue"],
    ]);
  });

  test("stands in a field of texts or choices", () => {
    const faults = (...given: Parameters<typeof guest>) =>
      check([guest(...given)]).map(({ code, path }) => [code, path]);
    expect(faults({ field: "text" })).toEqual([]);
    const place = "/entity/guest/person/language";
    expect(faults({ field: "integer" })).toEqual([["entity.language", place]]);
    expect(faults({ field: "text" }, "tonge")).toEqual([["entity.language", place]]);
  });
});
