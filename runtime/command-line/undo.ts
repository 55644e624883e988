import { published } from "./apply.ts";
import { CommandError, type Command } from "./command.ts";

/** Takes a version back. */
export const undo: Command = {
  about: "take a version back, the last one where none is named",
  usage: "undo [version]",
  async run({ words: [word], api, out }) {
    if (word !== undefined && !/^[1-9][0-9]{0,8}$/.test(word)) throw new CommandError(`"${word}" is no version.`);
    const version = word ?? (await api.get("/api/changes/versions")).items[0]?.number;
    const by = await published(api, await api.send("POST", `/api/changes/versions/${version}/undo`, {}));
    out(`Version ${version} is taken back by version ${by}.`);
    return 0;
  },
};
