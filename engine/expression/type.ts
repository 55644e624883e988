/** The types of the expression language. `number` is a decimal; there is no other. */
export type Type =
  | { readonly kind: "null" | "boolean" | "number" | "date" | "moment" | "duration" | "money" | "json" }
  /** `small`: kept in small letters, as which a text that is compared with it is read. */
  | { readonly kind: "text"; readonly small?: true }
  | { readonly kind: "id" }
  /** `of` is the address of whoever declares the values: a field or a value set. */
  | { readonly kind: "choice"; readonly values: readonly string[]; readonly of?: string }
  | { readonly kind: "state"; readonly workflow: string; readonly region?: string }
  | { readonly kind: "list"; readonly of: Type }
  /** A reference: null, or a record of one of these entities. */
  | { readonly kind: "record"; readonly entities: readonly string[] }
  /** A bag of named values, `context` of a run or `data` of an event for instance. */
  | { readonly kind: "map"; readonly members: Readonly<Record<string, Type>> };

/** A text as those of a type are kept: what is compared with them, or looked for among them, is written so too. */
export const keptText = (type: Type, text: string): string =>
  type.kind === "text" && type.small ? text.trim().toLowerCase() : text;
