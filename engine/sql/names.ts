import { createHash } from "node:crypto";

/** A name from the model as SQL writes it. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The table of an entity in the schema of a workspace. */
export function tableOf(schema: string, entity: string): string {
  return `${identifier(schema)}.${identifier(entity)}`;
}

/**
 * The name of a constraint or an index. It is made from identities, so it outlives every rename; it never ends in digits,
 * so a node's suffix can be told from it.
 */
export function structureName(
  kind: "pk" | "uq" | "fk" | "ix" | "ck",
  addresses: readonly string[],
  purpose: string,
): string {
  const digest = createHash("sha256")
    .update(JSON.stringify([...addresses, purpose]))
    .digest("hex");
  return `${kind}_${digest.slice(0, 24)}_k`;
}

/** Where a hidden entity's table waits for its return. */
export function goneTable(anchor: string): string {
  return `_gone_${anchor}`;
}

/** Where a hidden field's column waits for its return; `index` tells the columns of one field apart. */
export function goneColumn(anchor: string, index: number): string {
  return `_gone${index === 0 ? "" : index + 1}_${anchor}`;
}

/** Where the values of a field are made ready before a switch gives them its name. */
export function newColumn(anchor: string, index: number): string {
  return `_new${index === 0 ? "" : index + 1}_${anchor}`;
}

/** What an index is called until the switch gives it the name of the one whose place it takes. */
export function preparedName(name: string): string {
  return name.replace(/_k$/, "_p");
}

/** A text as SQL writes it where no parameter can stand: in the definition of a column. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
