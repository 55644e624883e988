import type { Command } from "./command.ts";
import { writeFolder } from "./folder.ts";

/** Writes the documents of the workspace into a folder. */
export const pull: Command = {
  about: "write the documents of the workspace as files",
  usage: "pull [folder]",
  async run({ words: [folder = "."], api, out }) {
    const { version, items } = await api.get("/api/documents");
    const { written, removed, same } = await writeFolder(folder, items);
    out(`Version ${version}: ${written} files written, ${removed} removed, ${same} as they were.`);
    return 0;
  },
};
