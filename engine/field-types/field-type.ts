import type { Property } from "schemas";
import type { Type } from "../expression/type.ts";

/** A JSON Schema. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A property of an entity, with its name and with the keywords of its type filled in by their defaults. */
export type FieldOf<Keywords> = Property & { readonly name: string } & Keywords;

/** A piece of SQL. What it is made of is known in `engine/sql` alone. */
export interface Sql {
  readonly sql: unique symbol;
}

/** The words that a field type may use to say how a row's value is written as JSON. */
export interface RowSql {
  /** A column of the row. */
  ref(column: string): Sql;
  /** The value as text: decimals, big numbers. */
  text(value: Sql): Sql;
  /** A moment as UTC in ISO 8601 with milliseconds. */
  moment(value: Sql): Sql;
  /** An object, or null where the value named by `unless` is null. */
  object(members: Readonly<Record<string, Sql>>, unless: Sql): Sql;
}

/** What a text of a file is read with. */
export interface ReadHints {
  /** ISO 4217; for amounts without a currency of their own. */
  readonly currency: string;
  /** `dmy`, `mdy` or `ymd`; how the file writes dates. */
  readonly dates: "dmy" | "mdy" | "ymd";
  /** The sign between whole and part. */
  readonly decimal: "." | ",";
  readonly zone: string;
}

/** How a page without scripts asks for a value. */
export type Asks = "text" | "email" | "tel" | "url" | "number" | "date" | "lines" | "one_of" | "some_of" | "yes_or_no";

/** What stands behind the word `field` of a property. One file in this folder each. */
export interface FieldType<Keywords extends object = object> {
  readonly name: string;
  readonly label: string;
  /** What it is for, in one sentence. */
  readonly about: string;
  /** Its sign, by the name that the studio's icons have. */
  readonly icon: string;
  /** The look of a value: a component of the studio by its name. */
  readonly widget: string;
  /** The columns and their PostgreSQL types; none for what is computed. */
  readonly columns: (field: FieldOf<Keywords>) => Readonly<Record<string, string>>;
  readonly json: (sql: RowSql, field: FieldOf<Keywords>) => Sql;
  /** A JSON value to the columns' values. Without it the one column takes the value as it is. */
  readonly store?: (value: unknown, field: FieldOf<Keywords>) => Readonly<Record<string, unknown>>;
  /** JSON Schema of the keywords that a property of this type may carry. */
  readonly keywords: {
    readonly properties: Readonly<Record<string, JsonSchema>>;
    readonly required?: readonly string[];
  };
  /** JSON Schema of a record's value; what the macro `field` expands to. */
  readonly value: (field: FieldOf<Keywords>) => JsonSchema;
  /** The type in expressions. */
  readonly type: (field: FieldOf<Keywords>) => Type;
  /**
   * A value as it is kept: callers may write some values in short. What it cannot make better it gives back, for the
   * value's schema to refuse. `currency` is that of amounts without one.
   */
  readonly normal?: (value: unknown, field: FieldOf<Keywords>, currency: string) => unknown;
  /** Set by the engine alone. */
  readonly computed?: true;
  /** How a plain page asks everybody for a value; types without it are not asked for there. */
  readonly asks?: Asks;
  /** Its values are addresses by which people are reached this way. */
  readonly reaches?: "email" | "phone";
  /** `search` looks into it. */
  readonly searched?: true;
  /** How its first column is indexed: for lists in its order, or for finding records that have a value. */
  readonly indexed?: "order" | "match";
  /** Its values are too long or too few for an index that lets none of them stand twice. */
  readonly neverUnique?: true;
  /** A text of a file as a JSON value; `undefined` where it cannot be read as one. */
  readonly read?: (text: string, field: FieldOf<Keywords>, hints: ReadHints) => unknown;
  /** A JSON value as a text that `read` reads back. Without it: `String(value)`. */
  readonly write?: (value: unknown, field: FieldOf<Keywords>) => string;
  /** The tests that every type owes. */
  readonly examples: {
    readonly field: Partial<FieldOf<Keywords>>;
    readonly valid: readonly unknown[];
    readonly invalid: readonly unknown[];
  };
}
