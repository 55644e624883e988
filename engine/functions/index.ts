import { abs } from "./abs.ts";
import { addMonths } from "./add-months.ts";
import { ceil } from "./ceil.ts";
import { coalesce } from "./coalesce.ts";
import { contains } from "./contains.ts";
import { day } from "./day.ts";
import { days } from "./days.ts";
import { endsWith } from "./ends-with.ts";
import { floor } from "./floor.ts";
import { lower } from "./lower.ts";
import { month } from "./month.ts";
import { round } from "./round.ts";
import { size } from "./size.ts";
import { startsWith } from "./starts-with.ts";
import { string } from "./string.ts";
import { trim } from "./trim.ts";
import { upper } from "./upper.ts";
import { year } from "./year.ts";

/** The functions of the expression language, by the names that expressions call them by. */
export const functions = {
  abs,
  addMonths,
  ceil,
  coalesce,
  contains,
  day,
  days,
  endsWith,
  floor,
  lower,
  month,
  round,
  size,
  startsWith,
  string,
  trim,
  upper,
  year,
} as const;
