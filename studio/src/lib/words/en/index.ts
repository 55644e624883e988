import { builder } from "./builder.ts";
import { calendars } from "./calendars.ts";
import { connections } from "./connections.ts";
import { conditions } from "./conditions.ts";
import { design } from "./design.ts";
import { files } from "./files.ts";
import { forms } from "./forms.ts";
import { incidents } from "./incidents.ts";
import { insight } from "./insight.ts";
import { journeys } from "./journeys.ts";
import { lists } from "./lists.ts";
import { rows } from "./rows.ts";
import { sharing } from "./sharing.ts";
import { signingIn } from "./signing-in.ts";
import { tasks } from "./tasks.ts";
import { templates } from "./templates.ts";
import { translations } from "./translations.ts";
import { valueSets } from "./value-sets.ts";
import { work } from "./work.ts";

/** The words on screens, in English. Other languages have the same keys. */
export const en = {
  ...work,
  ...lists,
  ...design,
  ...builder,
  ...calendars,
  ...connections,
  ...rows,
  ...files,
  ...forms,
  ...sharing,
  ...signingIn,
  ...incidents,
  ...insight,
  ...journeys,
  ...tasks,
  ...templates,
  ...translations,
  ...valueSets,
  ...conditions,
} as const;
