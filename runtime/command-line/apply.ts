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
    for (const { kind, name, document } of drafts) {
      const path = `/api/documents/${kind}/${name}?change=${id}`;
      await (document ? api.send("PUT", path, document) : api.send("DELETE", path));
    }
    const version = await published(api, await api.send("POST", `/api/changes/${id}/publish`, {}));
    out(`Version ${version} is published: ${drafts.length} documents.`);
    return 0;
  },
};

/** Waits until a publish that takes longer has come to its end. Answers its version. */
export async function published(api: Api, answer: any): Promise<number> {
  if (answer.version !== undefined) return answer.version;
  for (;;) {
    const operation = await api.get(`/api/operations/${answer.operation}`);
    if (operation.status === "done") return operation.detail?.version ?? operation.version;
    if (operation.status === "failed" || operation.status === "cancelled")
      throw new CommandError(`The publish ${operation.status}: ${JSON.stringify(operation.detail?.problems ?? [])}`);
    await sleep(500);
  }
}
