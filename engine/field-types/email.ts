import { keptText, type Type } from "../expression/type.ts";
import type { FieldType } from "./field-type.ts";

/** One address, as HTML's `<input type="email">` understands it, with letters of every script allowed. */
const address =
  '^[^\\s@,;<>()"\\u0000\\p{Cs}]{1,64}@[^\\s@,;<>()"\\u0000\\p{Cs}.]+(\\.[^\\s@,;<>()"\\u0000\\p{Cs}.]+)*$';
const pattern = new RegExp(address, "u");

/** No two people are told apart by the capitals of their addresses, whatever RFC 5321 (2.4) leaves open. */
const type: Type = { kind: "text", small: true };
const kept = (written: string): string => keptText(type, written);

/** An e-mail address. Kept in small letters: whoever writes it with capitals means the same one. */
export const email: FieldType = {
  name: "email",
  label: "E-mail",
  about: "An e-mail address.",
  icon: "mail",
  widget: "email",
  columns: ({ name }) => ({ [name]: "text" }),
  json: (sql, { name }) => sql.ref(name),
  keywords: { properties: {} },
  value: () => ({ type: "string", maxLength: 254, pattern: address }),
  type: () => type,
  normal: (value) => (typeof value === "string" ? kept(value) : value),
  reaches: "email",
  searched: true,
  read: (written) => (pattern.test(kept(written)) ? kept(written) : undefined),
  asks: "email",
  examples: {
    field: {},
    valid: ["ada@example.com", "jörg@müller.example", "a+b@localhost"],
    invalid: ["", "ada", "ada@", "@example.com", "a b@example.com", "a@b@c", "a@b..c", "a@b\u0000", 1],
  },
};
