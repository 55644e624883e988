import type { WorkspaceDocument } from "schemas";
import { checkWorkspace } from "../check/workspace.ts";
import type { DocumentKind } from "./document-kind.ts";
import { whole } from "./part.ts";

/** What holds for the whole workspace names no other document. */
export const workspace: DocumentKind<WorkspaceDocument> = {
  check: checkWorkspace,
  mentions: () => [],
  parts: (document) => [whole(document, document.name, document.$id)],
};
