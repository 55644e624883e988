import { mermaid } from "./mermaid.ts";
import { scxml } from "./scxml.ts";
import { xstate } from "./xstate.ts";

/** The forms in which other tools read a workflow. */
export const workflowFormats = { xstate, mermaid, scxml } as const;
