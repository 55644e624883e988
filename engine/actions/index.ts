import { assign } from "./assign.ts";
import { calculate } from "./calculate.ts";
import { compensate } from "./compensate.ts";
import { documentCreate } from "./document-create.ts";
import { eventSend } from "./event-send.ts";
import { factTell } from "./fact-tell.ts";
import { forEach } from "./for-each.ts";
import { httpCall } from "./http-call.ts";
import { lookup } from "./lookup.ts";
import { messageSend } from "./message-send.ts";
import { notify } from "./notify.ts";
import { runBegin } from "./run-begin.ts";
import { raise } from "./raise.ts";
import { recordCreate } from "./record-create.ts";
import { recordLink } from "./record-link.ts";
import { recordUpdate } from "./record-update.ts";
import { set } from "./set.ts";
import { surveyAsk } from "./survey-ask.ts";
import { webhook } from "./webhook.ts";

/** The actions of workflows, by the names that documents call them by. */
export const actions = {
  set,
  calculate,
  raise,
  "event.send": eventSend,
  "fact.tell": factTell,
  "run.begin": runBegin,
  lookup,
  "record.create": recordCreate,
  "record.update": recordUpdate,
  "record.link": recordLink,
  for_each: forEach,
  assign,
  notify,
  "message.send": messageSend,
  "survey.ask": surveyAsk,
  "http.call": httpCall,
  webhook,
  "document.create": documentCreate,
  compensate,
} as const;
