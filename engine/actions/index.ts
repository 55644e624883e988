import { assign } from "./assign.ts";
import { calculate } from "./calculate.ts";
import { compensate } from "./compensate.ts";
import { documentCreate } from "./document-create.ts";
import { eventSend } from "./event-send.ts";
import { forEach } from "./for-each.ts";
import { httpCall } from "./http-call.ts";
import { lookup } from "./lookup.ts";
import { notify } from "./notify.ts";
import { raise } from "./raise.ts";
import { recordCreate } from "./record-create.ts";
import { recordLink } from "./record-link.ts";
import { recordUpdate } from "./record-update.ts";
import { set } from "./set.ts";
import { webhook } from "./webhook.ts";

/** The actions of workflows, by the names that documents call them by. */
export const actions = {
  set,
  calculate,
  raise,
  "event.send": eventSend,
  lookup,
  "record.create": recordCreate,
  "record.update": recordUpdate,
  "record.link": recordLink,
  for_each: forEach,
  assign,
  notify,
  "http.call": httpCall,
  webhook,
  "document.create": documentCreate,
  compensate,
} as const;
