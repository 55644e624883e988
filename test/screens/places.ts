import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { APIRequestContext } from "@playwright/test";
import type { CalendarDocument } from "schemas";

/** One screen of the product as somebody finds it. */
export interface Place {
  /** What its picture is called. */
  readonly name: string;
  /** Its address; `/deal/{Self-checkout pilot}` stands for the record that a search finds. */
  readonly path: string;
  /** A text that stands there when the screen is whole. */
  readonly shows: string;
}

/** A calendar for the screens that show one; no template brings any. */
export const office: CalendarDocument = {
  $schema: "urn:trellis:calendar:1",
  $id: "office",
  $anchor: "cal_office",
  title: "Office hours",
  time_zone: "Europe/Berlin",
  hours: {
    mon: ["08:00-12:00", "13:00-17:30"],
    tue: ["08:00-12:00", "13:00-17:30"],
    wed: ["08:00-12:00", "13:00-17:30"],
    thu: ["08:00-12:00", "13:00-17:30"],
    fri: ["08:00-12:00"],
  },
  exceptions: {
    "2027-12-24": { title: "Christmas Eve", hours: ["08:00-12:00"], holiday: "DE" },
    "2027-12-25": { title: "Christmas Day", holiday: "DE" },
    "2027-12-31": { title: "Stocktaking" },
  },
};

/** The screens that somebody sees who is signed in to a product with sales and a calendar in it. */
export const places: readonly Place[] = [
  { name: "board", path: "/deal", shows: "Self-checkout pilot" },
  { name: "table", path: "/deal?view=all_deals", shows: "Self-checkout pilot" },
  { name: "table-grouped", path: "/deal?view=all_deals&group=stage", shows: "Kiosk order points" },
  {
    name: "calendar",
    path: "/deal?view=all_deals&as=calendar:close_date&day=2027-03-31",
    shows: "Self-checkout pilot",
  },
  { name: "peek", path: "/deal?view=all_deals&peek={Self-checkout pilot}", shows: "Latest" },
  { name: "table-companies", path: "/company", shows: "Brightwater Grocers" },
  { name: "table-no-match", path: "/contact?search=nobody-is-called-so", shows: "Nothing matches." },
  { name: "record-deal", path: "/deal/{Self-checkout pilot}", shows: "Weighted" },
  { name: "record-company", path: "/company/{Brightwater Grocers}", shows: "Industry" },
  { name: "my-tasks", path: "/my-tasks", shows: "Nothing waits for you." },
  { name: "signing-in", path: "/signing-in", shows: "Second factor" },
  { name: "import", path: "/import", shows: "Choose a CSV file" },
  { name: "design-overview", path: "/design/overview", shows: "Deal pipeline" },
  { name: "design-entities", path: "/design/entities", shows: "Deal" },
  { name: "design-entity", path: "/design/entity/deal", shows: "Remove field" },
  { name: "design-entity-rules", path: "/design/entity/deal?tab=rules", shows: "Otherwise say" },
  { name: "design-entity-settings", path: "/design/entity/deal?tab=settings", shows: "Remove entity" },
  { name: "design-entity-json", path: "/design/entity/deal?tab=json", shows: "The document" },
  { name: "design-value-sets", path: "/design/value-sets", shows: "Priority" },
  { name: "design-value-set", path: "/design/value-set/source?into=ja", shows: "Where Source is used" },
  { name: "design-value-set-settings", path: "/design/value-set/source?tab=settings", shows: "Remove set" },
  { name: "design-calendars", path: "/design/calendars", shows: "Office hours" },
  { name: "design-calendar", path: "/design/calendar/office", shows: "The next days" },
  { name: "design-calendar-days", path: "/design/calendar/office?tab=days", shows: "Take holidays" },
  { name: "design-workflows", path: "/design/workflows", shows: "Deal pipeline" },
  {
    name: "design-workflow-canvas",
    path: "/design/workflow/deal_pipeline?as=canvas&at=st_engaging",
    shows: "Remove state",
  },
  {
    name: "design-workflow-outline",
    path: "/design/workflow/deal_pipeline?as=outline&at=tr_win",
    shows: "Remove move",
  },
  { name: "design-workflow-map", path: "/design/workflow/deal_pipeline/map", shows: "What followed what" },
  { name: "design-workflow-play", path: "/design/workflow/deal_pipeline/play", shows: "Let time pass" },
  { name: "design-incidents", path: "/design/incidents", shows: "Nothing has stopped." },
  { name: "design-views", path: "/design/views", shows: "Page of deal" },
  { name: "design-view", path: "/design/view/all_deals", shows: "Remove view" },
  { name: "design-layout", path: "/design/layout/deal", shows: "Another list" },
  { name: "design-roles", path: "/design/roles?role=seller&entity=deal", shows: "Mark as won" },
  { name: "design-connections", path: "/design/connections", shows: "Taken from the outside" },
  { name: "design-translations", path: "/design/translations?into=ja", shows: "Export file" },
  { name: "design-plan", path: "/design/plan", shows: "Nothing is changed yet." },
  { name: "design-versions", path: "/design/versions", shows: "Template Sales 2.0.0" },
  { name: "design-templates", path: "/design/templates", shows: "What do you want to grow?" },
  { name: "design-people", path: "/design/people", shows: "ada@example.com" },
  { name: "nothing-here", path: "/nowhere", shows: "Nothing found." },
];

/** The screens before the door: of a product that nobody has set up yet, and of one that nobody has entered. */
export const setUp: Place = { name: "setup", path: "/setup", shows: "Plant the first post" };
export const signInDoor: Place = { name: "sign-in", path: "/sign-in", shows: "Password" };

/** Pages that only lead on to another. */
export const doorways: readonly string[] = ["/", "/design"];

/** The address of a place, with the ids of the records that it names. */
export async function addressOf({ path }: Place, api: APIRequestContext): Promise<string> {
  const entity = /^\/(\w+)/.exec(path)?.[1];
  const [part = "", name] = /\{(.+)\}/.exec(path) ?? [];
  if (name === undefined) return path;
  const answer = await api.get(`/api/records/${entity}?${new URLSearchParams({ search: name, limit: "1" })}`);
  const [record] = (await answer.json()).items;
  if (!record) throw new Error(`There is no ${entity} "${name}".`);
  return path.replace(part, record.id);
}

/** The addresses that the studio serves, `/design/entity/[name]` for instance. */
export async function routesOfStudio(): Promise<readonly string[]> {
  const folder = fileURLToPath(new URL("../../studio/src/routes", import.meta.url));
  const files = await readdir(folder, { recursive: true });
  return files
    .filter((file) => /(^|\/)\+page\.svelte$/.test(file))
    .map((file) => `/${file.replace(/\/?\+page\.svelte$/, "")}`.replaceAll(/\/\([^/]*\)/g, "") || "/")
    .sort();
}

/** The route that serves a path: the one with the fewest blanks. */
export function routeOf(path: string, routes: readonly string[]): string | undefined {
  const [bare = ""] = path.split("?");
  const blanks = (route: string) => route.split("[").length;
  return routes
    .filter((route) => new RegExp(`^${route.replaceAll(/\[[^\]]*\]/g, "[^/]+")}$`).test(bare))
    .sort((a, b) => blanks(a) - blanks(b))[0];
}
