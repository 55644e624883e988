import type { AnyDocument, EntityDocument, WorkspaceDocument } from "schemas";
import { isTimeZone } from "../locale.ts";
import { kindOf, readModel, type Model } from "../model.ts";
import { withStandIns } from "./field.ts";
import { distinct } from "./identity.ts";

/**
 * The model of documents that nobody has checked: of what comes twice the first stands, for malformed fields a text, and
 * for a time zone that there is not UTC.
 */
export function readSound(documents: readonly AnyDocument[], version = 0): Model {
  return readModel(distinct(documents).map(sound), version);
}

function sound(document: AnyDocument): AnyDocument {
  const kind = kindOf(document);
  if (kind === "entity") return withStandIns(document as EntityDocument);
  if (kind !== "workspace") return document;
  const workspace = document as WorkspaceDocument;
  return isTimeZone(workspace.time_zone) ? workspace : { ...workspace, time_zone: "UTC" };
}
