import type { AnyDocument, EntityDocument } from "schemas";
import { kindOf, readModel, type Model } from "../model.ts";
import { withStandIns } from "./field.ts";
import { distinct } from "./identity.ts";

/** The model of documents that nobody has checked: of what comes twice the first stands, for malformed fields a text. */
export function readSound(documents: readonly AnyDocument[], version = 0): Model {
  return readModel(
    distinct(documents).map((it) => (kindOf(it) === "entity" ? withStandIns(it as EntityDocument) : it)),
    version,
  );
}
