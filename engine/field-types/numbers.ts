import { Decimal } from "decimal.js";
import type { JsonSchema, ReadHints } from "./field-type.ts";

/** How a decimal is bounded. `minimum` and `maximum` stand in documents as numbers. */
export interface Bounds {
  readonly minimum?: number;
  readonly maximum?: number;
  /** The most digits after the point. */
  readonly places: number;
}

/** The keywords of every type whose value is a decimal. */
export const boundsKeywords = {
  minimum: { type: "number" },
  maximum: { type: "number" },
  places: { type: "integer", minimum: 0, maximum: 12, default: 6 },
} as const;

/** A decimal as it travels: digits without exponent, plus sign, needless zeros before the point or a negative zero. */
export const decimalText = "^(?!-0(\\.0+)?$)-?(0|[1-9][0-9]{0,19})(\\.[0-9]{1,12})?$";

/** JSON Schema of a decimal. The keyword `decimal` is ours: the standard's `minimum` lets every string pass. */
export function decimalSchema({ minimum, maximum, places }: Bounds): JsonSchema {
  const bounds = {
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
    places,
  };
  return { type: "string", pattern: decimalText, decimal: bounds };
}

/** A number as decimal text, for callers whose language writes decimals as numbers. */
export function normalDecimal(value: unknown): unknown {
  if (typeof value !== "number" || !Number.isFinite(value)) return value;
  return value === 0 ? "0" : new Decimal(value).toFixed();
}

/** What is wrong with a well-formed decimal, or nothing. */
export function outOfBounds(value: string, { minimum, maximum, places }: Bounds): string | undefined {
  const number = new Decimal(value);
  if (minimum !== undefined && number.lt(minimum)) return `must be at least ${minimum}`;
  if (maximum !== undefined && number.gt(maximum)) return `must be at most ${maximum}`;
  if ((value.split(".")[1] ?? "").length > places) return `must have at most ${places} digits after the point`;
  return undefined;
}

/**
 * A number of a file as decimal text: thousands may be set apart by spaces, apostrophes or the sign that is not the
 * decimal sign, groups of three only, so that `1,5` is never read as fifteen. Brackets mean minus, as in accounts.
 */
export function readDecimal(written: string, hints: ReadHints): string | undefined {
  const bracketed = /^\((.+)\)$/.exec(written.trim());
  const bare = (bracketed?.[1] ?? written)
    .replaceAll(/[\s\u00a0\u202f'’_]/g, "")
    .replace(/^[\u2212\u2012-\u2014]/, "-");
  const [, sign = "", digits = ""] = /^([+-]?)(.+)$/.exec(bare) ?? [];
  const thousands = hints.decimal === "." ? "," : ".";
  const [whole = "", part, ...more] = digits.split(hints.decimal);
  const grouped = whole.includes(thousands);
  if (more.length > 0 || (grouped && !new RegExp(`^\\d{1,3}(\\${thousands}\\d{3})+$`).test(whole))) return undefined;
  const plain = whole.replaceAll(thousands, "").replace(/^0+(?=\d)/, "") || "0";
  if (!/^\d{1,20}$/.test(plain) || (part !== undefined && !/^\d{1,12}$/.test(part))) return undefined;
  if (whole === "" && part === undefined) return undefined;
  const positive = part === undefined ? plain : `${plain}.${part}`;
  const minus = (sign === "-") !== (bracketed !== null) && !/^[0.]+$/.test(positive);
  return minus ? `-${positive}` : positive;
}
