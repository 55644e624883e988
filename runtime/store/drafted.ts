import { check, problem, refuse, shapeFaults, type Fault, type Model, type Principal } from "engine";
import type { AnyDocument, Kind } from "schemas";
import type { Connection } from "../database/pool.ts";
import type { Workspace } from "../workspace.ts";
import { operate, type Scene } from "./operation.ts";
import { settle } from "./settle.ts";

/**
 * A document of a kind that need not be published, as it would stand among those that are. All that is wrong with it is
 * told at once.
 */
export function readDrafted<Document extends AnyDocument>({ documents }: Model, kind: Kind, given: unknown): Document {
  refuse(shapeFaults(given));
  const document = given as AnyDocument & { readonly $id: string; readonly $anchor: string };
  if (document.$schema !== `urn:trellis:${kind}:1`)
    throw problem("document.kind_unknown", { kind: String(document.$schema).slice(0, 80) });
  const others = documents.filter((it) => !("$anchor" in it && it.$anchor === document.$anchor));
  const own = `/${kind}/${document.$id}`;
  refuse(check([...others, document]).filter(({ path }: Fault) => path === own || path.startsWith(`${own}/`)));
  return document as AnyDocument as Document;
}

/** What was done is not to stay. */
class TriedOut extends Error {
  readonly result: unknown;

  constructor(result: unknown) {
    super("It was tried out.");
    this.result = result;
  }
}

/**
 * Does something as it would be done, by the same rights and rules and with all that follows from it in the same moment,
 * looks at what has come of it, and leaves nothing of it behind.
 */
export async function tryOut<Done, Seen>(
  workspace: Workspace,
  principal: Principal,
  now: Date,
  work: (tx: Connection, scene: Scene) => Promise<Done>,
  look: (tx: Connection, scene: Scene, done: Done) => Promise<Seen>,
): Promise<Seen> {
  try {
    await operate(workspace, principal, { kind: "trial", title: "Trial", now }, async (tx, scene) => {
      const done = await work(tx, scene);
      await settle(tx, scene);
      throw new TriedOut(await look(tx, scene, done));
    });
  } catch (error) {
    if (error instanceof TriedOut) return error.result as Seen;
    throw error;
  }
  throw new Error("What is tried out ends by being taken back.");
}
