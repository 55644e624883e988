import { notify } from "./notify.ts";
import { raise } from "./raise.ts";
import { recordCreate } from "./record-create.ts";
import { recordUpdate } from "./record-update.ts";
import { set } from "./set.ts";

/** The actions of workflows, by the names that documents call them by. */
export const actions = {
  set,
  raise,
  "record.create": recordCreate,
  "record.update": recordUpdate,
  notify,
} as const;
