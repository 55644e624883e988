import { setTimeout as sleep } from "node:timers/promises";
import { CommandError, type Api, type Command } from "./command.ts";
import { draftsOf } from "./folder.ts";

/** Publishes what a folder holds. */
export const apply: Command = {
  about: "publish the documents of a folder as one version",
  usage: "apply [folder] [--reason text]",
  async run({ words: [folder = "."], options, api, out }) {
    const drafts = await draftsOf(folder, api);
    if (drafts.length === 0) {
      out("Nothing to publish.");
      return 0;
    }
    const { id } = await api.send("POST", "/api/changes", { reason: options.get("reason") ?? "trellis apply" });
    const version = await publishAll(api, id, drafts).catch(async (error: unknown) => {
      // What could not be published is not left lying about as an open change.
      await api.send("DELETE", `/api/changes/${id}`).catch(() => undefined);
      throw error;
    });
    out(`Version ${version} is published: ${drafts.length} documents.`);
    return 0;
  },
};

async function publishAll(api: Api, id: string, drafts: Awaited<ReturnType<typeof draftsOf>>): Promise<number> {
  for (const { kind, name, document } of drafts) {
    const path = `/api/documents/${kind}/${name}?change=${id}`;
    await (document ? api.send("PUT", path, document) : api.send("DELETE", path));
  }
  return published(api, await api.send("POST", `/api/changes/${id}/publish`, {}));
}

/** Waits until a publish that takes longer has come to its end. Answers its version. */
export async function published(api: Api, answer: any): Promise<number> {
  if (answer.version !== undefined) return answer.version;
  for (;;) {
    const operation = await api.get(`/api/operations/${answer.operation}`);
    if (operation.status === "done") return operation.detail.version;
    if (operation.status === "failed" || operation.status === "cancelled")
      throw new CommandError(`The publish ${operation.status}: ${JSON.stringify(operation.detail?.problems ?? [])}`);
    await sleep(500);
  }
}
