import type { Carrier } from "./carrier.ts";
import { documentCreate } from "./document-create.ts";
import { event } from "./event.ts";
import { httpCall } from "./http-call.ts";
import { surveyAsk } from "./survey-ask.ts";
import { webhook } from "./webhook.ts";

/** Who carries out what leaves the database, by the kind of effect; `event` is what connections are told of by themselves. */
export const carriers: Readonly<Record<string, Carrier>> = {
  event,
  "http.call": httpCall,
  webhook,
  "document.create": documentCreate,
  "survey.ask": surveyAsk,
};
