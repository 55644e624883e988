import { lineOf, type Command } from "./command.ts";
import { draftsOf } from "./folder.ts";

/** Tells what `apply` would do. */
export const plan: Command = {
  about: "tell what apply would do; exits with 2 where there are changes, 1 where there are problems",
  usage: "plan [folder] [--json]",
  async run({ words: [folder = "."], options, api, out }) {
    const drafts = await draftsOf(folder, api);
    const told = await api.send("POST", "/api/changes/plan", { documents: drafts });
    if (options.has("json")) out(JSON.stringify(told, undefined, 2));
    else for (const line of linesOf(told)) out(line);
    if (told.problems.length > 0) return 1;
    return drafts.length > 0 ? 2 : 0;
  },
};

const signs: Readonly<Record<string, string>> = { add: "+", remove: "-", change: "~", rename: ">" };

function linesOf(told: any): readonly string[] {
  if (told.documents.length === 0 && told.problems.length === 0) return ["Nothing would change."];
  return [
    ...told.documents.flatMap((it: any) => [
      `${signs[it.act] ?? "~"} ${it.kind} ${it.name}`,
      ...it.differences.map((difference: any) => `    ${difference.title}`),
    ]),
    ...told.changes.map((it: any) => `* ${it.title}${it.rows === null ? "" : ` (${it.rows} rows)`}`),
    ...told.runs
      .filter((it: any) => it.count > 0 && (it.stays || it.to !== it.state))
      .map((it: any) =>
        it.stays
          ? `* ${it.count} in "${it.title}" of ${it.workflow} stay with their version.`
          : `* ${it.count} in "${it.title}" of ${it.workflow} move to ${it.to ?? "?"}.`,
      ),
    ...told.rewrites.map((it: any) => `= ${it.kind} ${it.name} ${it.path}: ${it.before} becomes ${it.after}`),
    ...told.keys.map((it: any) => `! The key "${it.name}" used what goes, last on ${it.used_at}.`),
    ...told.problems.map((it: any) => `✗ ${lineOf(it)}`),
  ];
}
