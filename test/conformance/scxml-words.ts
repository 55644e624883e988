import { Inexpressible } from "./scxml-reason.ts";

/** The key under which a state of an SCXML document stands in ours. */
export const keyOf = (id: string) => `s_${plain(id)}`;

/** Small letters alone; capitals are told apart from them. */
export const plain = (name: string) =>
  name.replaceAll(/[A-Z]/g, (it) => `x${it.toLowerCase()}`).replaceAll(/[^a-z0-9]/g, "_");

/** The type under which an event of an SCXML document stands in ours, among those of one workflow. */
export const eventOf = (workflow: string, name: string) =>
  `${workflow}.${name
    .split(".")
    .map((part) => `n_${plain(part)}`)
    .join(".")}`;

/** The name under which a variable of an SCXML document stands in the context. */
export const variableOf = (id: string) => `v_${id.toLowerCase()}`;

/** The name of a datum of an event; what an event holds as a whole is its `content`. */
export const datumOf = (name: string) => `d_${plain(name)}`;
export const content = "content";

const token =
  /\s+|\d+(?:\.\d+)?|'[^'\\]*'|_event\.data(?:\.([A-Za-z]\w*)|\['([A-Za-z]\w*)'\])?|[A-Za-z_]\w*|[=!]==?|[<>]=?|&&|\|\||[-+*/%()!]/y;

/** A JavaScript expression over variables, literals, operators and what an event brings in our expression language. */
export function celOf(text: string, variables: ReadonlySet<string>): string {
  const readable = text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&")
    .trim()
    .replaceAll(
      /Math\.pow\((\w+),\s*([2-4])\)/g,
      (_, base: string, n: string) => `(${Array.from({ length: Number(n) }, () => base).join(" * ")})`,
    );
  if (readable === "" || /\+\+|--/.test(readable))
    throw new Inexpressible(
      "JavaScript that is no expression of ours: calls, In(), _event's other members, errors of its execution",
    );
  token.lastIndex = 0;
  let told = "";
  while (token.lastIndex < readable.length) {
    const found = token.exec(readable);
    if (!found)
      throw new Inexpressible(
        "JavaScript that is no expression of ours: calls, In(), _event's other members, errors of its execution",
      );
    const [text, one, other] = found;
    if (text.startsWith("_event.data")) told += `event.data.${one || other ? datumOf(one ?? other!) : content}`;
    else if (!/^[A-Za-z_]/.test(text)) told += text.replace(/^([=!])==$/, "$1=");
    else if (text === "true" || text === "false") told += text;
    else if (variables.has(text)) told += `context.${variableOf(text)}`;
    else
      throw new Inexpressible(
        "JavaScript that is no expression of ours: calls, In(), _event's other members, errors of its execution",
      );
  }
  return told;
}

/** A condition: what is neither compared nor true or false has no truth of its own. */
export function conditionOf(text: string, variables: ReadonlySet<string>): string {
  const cel = celOf(text, variables);
  if (!/[<>=]|\b(true|false)\b/.test(cel)) throw new Inexpressible("the truth of what is no condition");
  return cel;
}

/** A script of assignments, one after the other: what each gives to which variable. */
export function assignmentsOf(script: string, variables: ReadonlySet<string>) {
  const statements = script.split(";").map((it) => it.trim());
  return statements
    .filter((it) => it !== "")
    .map((statement) => {
      const [, name = "", operator = "", text = ""] =
        /^(?:var\s+)?(\w+)\s*([-+*/]?)=(?!=)([^,{]+)$/s.exec(statement) ?? [];
      if (!variables.has(name)) throw new Inexpressible("a script that does more than assign");
      const cel = celOf(text, variables);
      return { name, cel: operator === "" ? cel : `context.${variableOf(name)} ${operator} (${cel})` };
    });
}

/** A literal of JavaScript that JSON knows as well. */
export function literalOf(text: string | undefined): unknown {
  if (text === undefined) return null;
  try {
    return JSON.parse(text.replaceAll("'", '"'));
  } catch {
    throw new Inexpressible(
      "JavaScript that is no expression of ours: calls, In(), _event's other members, errors of its execution",
    );
  }
}

/** A text in quotes, as it stands in an expression. */
export function quotedIn(text: string): string {
  const [, quoted] = /^'([^']*)'$/.exec(text.trim()) ?? [];
  if (quoted === undefined) throw new Inexpressible("sending elsewhere, or to what is worked out");
  return quoted;
}

/** A second of ours for a millisecond of theirs: waits are of whole seconds. */
export function spanOf(delay: string | undefined): string {
  const [, n, unit] = /^'?(\d*\.?\d+)(ms|s)'?$/.exec(delay?.trim() ?? "0s") ?? [];
  if (n === undefined) throw new Inexpressible("a delay that is worked out");
  return `PT${Number(n) * (unit === "ms" ? 1 : 1000)}S`;
}
