import { autoNumber } from "./auto-number.ts";
import { boolean } from "./boolean.ts";
import { dateTime } from "./date-time.ts";
import { date } from "./date.ts";
import { decimal } from "./decimal.ts";
import { email } from "./email.ts";
import { formula } from "./formula.ts";
import { integer } from "./integer.ts";
import { json } from "./json.ts";
import { longText } from "./long-text.ts";
import { money } from "./money.ts";
import { multiSelect } from "./multi-select.ts";
import { percent } from "./percent.ts";
import { phone } from "./phone.ts";
import { rating } from "./rating.ts";
import { reference } from "./reference.ts";
import { rollup } from "./rollup.ts";
import { select } from "./select.ts";
import { state } from "./state.ts";
import { text } from "./text.ts";
import { url } from "./url.ts";
import { user } from "./user.ts";
import { uuid } from "./uuid.ts";

/** Every field type, by the word that stands behind `field`. */
export const fieldTypes = {
  auto_number: autoNumber,
  boolean,
  date,
  date_time: dateTime,
  decimal,
  email,
  formula,
  integer,
  json,
  long_text: longText,
  money,
  multi_select: multiSelect,
  percent,
  phone,
  rating,
  reference,
  rollup,
  select,
  state,
  text,
  url,
  user,
  uuid,
} as const;

export type FieldTypeName = keyof typeof fieldTypes;
