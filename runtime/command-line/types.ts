import { writeFile } from "node:fs/promises";
import type { Command } from "./command.ts";
import { clientText } from "./typed-client.ts";

/** Writes a typed client of the workspace. */
export const types: Command = {
  about: "write a TypeScript client of the workspace as it is now",
  usage: "types [file]",
  async run({ words: [file = "trellis.ts"], api, out }) {
    const [description, model] = [await api.get("/api/openapi.json"), await api.get("/api/model")];
    await writeFile(file, clientText(description, model));
    out(`${file}: ${model.entities.length} entities of version ${model.version}.`);
    return 0;
  },
};
