import { access } from "./access.ts";
import { answers } from "./answers.ts";
import { around } from "./around.ts";
import { builder } from "./builder.ts";
import { calendars } from "./calendars.ts";
import { clocks } from "./clocks.ts";
import { capture } from "./capture.ts";
import { connections } from "./connections.ts";
import { conditions } from "./conditions.ts";
import { conversation } from "./conversation.ts";
import { conversions } from "./conversions.ts";
import { desk } from "./desk.ts";
import { design } from "./design.ts";
import { duplicates } from "./duplicates.ts";
import { facts } from "./facts.ts";
import { fetching } from "./fetching.ts";
import { files } from "./files.ts";
import { forms } from "./forms.ts";
import { incidents } from "./incidents.ts";
import { insight } from "./insight.ts";
import { journeys } from "./journeys.ts";
import { keys } from "./keys.ts";
import { kinds } from "./kinds.ts";
import { lists } from "./lists.ts";
import { logs } from "./logs.ts";
import { promises } from "./promises.ts";
import { queueing } from "./queueing.ts";
import { portals } from "./portals.ts";
import { wholes } from "./wholes.ts";
import { figures } from "./figures.ts";
import { parameters } from "./parameters.ts";
import { persons } from "./persons.ts";
import { reports } from "./reports.ts";
import { merging } from "./merging.ts";
import { mails } from "./mails.ts";
import { rows } from "./rows.ts";
import { running } from "./running.ts";
import { segments } from "./segments.ts";
import { sharing } from "./sharing.ts";
import { signingIn } from "./signing-in.ts";
import { surveys } from "./surveys.ts";
import { tasks } from "./tasks.ts";
import { templates } from "./templates.ts";
import { translations } from "./translations.ts";
import { undoing } from "./undoing.ts";
import { valueSets } from "./value-sets.ts";
import { watching } from "./watching.ts";
import { ways } from "./ways.ts";
import { work } from "./work.ts";
import { writing } from "./writing.ts";

/** The words on screens, in English. Other languages have the same keys. */
export const en = {
  ...work,
  ...undoing,
  ...lists,
  ...logs,
  ...desk,
  ...design,
  ...access,
  ...answers,
  ...around,
  ...builder,
  ...calendars,
  ...clocks,
  ...capture,
  ...connections,
  ...conversions,
  ...promises,
  ...queueing,
  ...portals,
  ...wholes,
  ...figures,
  ...parameters,
  ...persons,
  ...reports,
  ...rows,
  ...facts,
  ...running,
  ...watching,
  ...ways,
  ...fetching,
  ...files,
  ...forms,
  ...segments,
  ...sharing,
  ...signingIn,
  ...incidents,
  ...insight,
  ...journeys,
  ...keys,
  ...kinds,
  ...duplicates,
  ...merging,
  ...mails,
  ...writing,
  ...surveys,
  ...tasks,
  ...templates,
  ...translations,
  ...valueSets,
  ...conditions,
  ...conversation,
} as const;
