import type { Command } from "./command.ts";

/** Looks whether the workspace is sound. */
export const doctor: Command = {
  about:
    "look whether tables, indexes, roll-ups, segments and scores are as the documents say; --fix mends what can be mended",
  usage: "doctor [--fix]",
  async run({ options, api, out }) {
    if (options.has("fix")) {
      const { done } = await api.send("POST", "/api/doctor/mend", {});
      for (const line of done) out(`✓ ${line}`);
    }
    const { findings, facts } = await api.get("/api/doctor");
    for (const [name, value] of Object.entries(facts)) out(`  ${name.replaceAll("_", " ")}: ${String(value)}`);
    for (const { title, fix } of findings) out(`✗ ${title}${fix ? " It is mended by trellis doctor --fix." : ""}`);
    if (findings.length === 0) out("✓ Nothing to mend.");
    return findings.length === 0 ? 0 : 1;
  },
};
