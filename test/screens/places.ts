import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { APIRequestContext } from "@playwright/test";
import type { AnyDocument, CalendarDocument, ConversionDocument } from "schemas";

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

/** A form for the screens that show one, and what it asks to agree to. */
export const enquiry: readonly AnyDocument[] = [
  {
    $schema: "urn:trellis:purpose:1",
    $id: "newsletter",
    $anchor: "purpose_newsletter",
    title: "Newsletter",
    description: "News about our trade, twice a month at most.",
    basis: "consent",
    double_opt_in: true,
  },
  {
    $schema: "urn:trellis:form:1",
    $id: "enquiry",
    $anchor: "form_enquiry",
    title: "Ask for a plan",
    description: "Tell us a little about your stores.\nWe come back within one working day.",
    entity: "contact",
    fields: [
      { field: "name", title: "Your name" },
      { field: "email", title: "Work mail", required: true },
      { field: "job_title" },
      { field: "description", title: "What is it about?" },
    ],
    hidden: [{ field: "source", value: "web_site" }],
    consents: [{ purpose: "newsletter", channel: "email", wording: "Send me news, twice a month at most." }],
    match: "email",
  },
  {
    $schema: "urn:trellis:message:1",
    $id: "plan_follows",
    $anchor: "msg_plan_follows",
    title: "Your plan follows",
    entity: "contact",
    purpose: "newsletter",
    channel: "mail",
    subject: "Your plan follows, {{ name }}",
    blocks: [{ id: "hello", type: "text", text: "Dear {{ name }},\n\nwe look at what you wrote and come back." }],
  },
  {
    $schema: "urn:trellis:portal:1",
    $id: "requests",
    $anchor: "portal_requests",
    title: "Your requests",
    description: "See what you have asked us for, and write to us.",
    person: { entity: "contact", email: "email" },
    records: [
      {
        entity: "deal",
        title: "Requests",
        when: { cel: "contact == me" },
        person: "contact",
        fields: [{ field: "title" }, { field: "close_date", title: "Until", list: true }],
        new: { title: "New request", fields: [{ field: "title", title: "What do you need?" }] },
        conversation: { answer: true },
      },
    ],
  },
  {
    $schema: "urn:trellis:survey:1",
    $id: "after_won",
    $anchor: "srv_after_won",
    title: "How was buying from us?",
    entity: "deal",
    to: "contact.email",
    person: "contact",
    agent: "owner",
    every: "P90D",
    mail: { title: "How was it?", message: "Hello {{ contact.name }},\n\nyou have bought from us. How was that?" },
    questions: [
      { id: "score", type: "csat", title: "How satisfied are you with how we sold to you?", required: true },
      { id: "likely", type: "nps", title: "How likely would you recommend us?" },
      { id: "words", type: "text", title: "What should we do better?" },
    ],
  },
];

/** A conversion for the screens that show one; the templates that they have bring none. */
export const renewal: ConversionDocument = {
  $schema: "urn:trellis:conversion:1",
  $id: "renewal",
  $anchor: "conv_renewal",
  title: "Renew",
  entity: "deal",
  when: { cel: "stage == 'won'" },
  makes: [
    {
      name: "contact",
      entity: "contact",
      match: [{ field: "email", value: { cel: "contact.email" } }],
      values: { name: { cel: "contact.name" } },
    },
    { name: "deal", entity: "deal", values: { title: { cel: "title + ' again'" }, contact: { made: "contact" } } },
  ],
};
/** A segment, a score and a duplicate rule for the screens that show them. */
export const audience: readonly AnyDocument[] = [
  {
    $schema: "urn:trellis:duplicate-rule:1",
    $id: "company_alike",
    $anchor: "dup_company_alike",
    title: "Companies of a similar name",
    entity: "company",
    match: [{ field: "name", by: "similar" }],
    tell: "owner",
  },
  {
    $schema: "urn:trellis:segment:1",
    $id: "open_and_large",
    $anchor: "seg_open_and_large",
    title: "Open and large",
    entity: "deal",
    where: { cel: "close_date != null" },
    facts: [{ type: "mail.clicked", times: { op: "<", n: 3 }, within: "P14D" }],
  },
  {
    $schema: "urn:trellis:score:1",
    $id: "promise",
    $anchor: "sco_promise",
    title: "Promise",
    entity: "deal",
    fit: [{ title: "A day is agreed", when: { cel: "close_date != null" }, points: 30 }],
    behaviour: [
      { title: "Clicked an offer", type: "mail.clicked", points: 10, cap: 30, window: "P7D", half_life: "P14D" },
    ],
    grades: { fit: [70, 40, 20], behaviour: [40, 20, 10] },
    threshold: { enter: 60, leave: 50 },
  },
];

/** What service designs, about deals: promises, a queue, an address, a text to answer with. Nothing waits or runs by it. */
export const service: readonly AnyDocument[] = [
  {
    $schema: "urn:trellis:sla-policy:1",
    $id: "answers",
    $anchor: "sla_answers",
    title: "Answers in time",
    entity: "deal",
    calendar: "office",
    clocks: [
      {
        $anchor: "clk_answer",
        name: "answer",
        title: "Answer",
        start: { events: [{ type: "mail.received" }] },
        stop: { events: [{ type: "mail.sent" }] },
        warn: [{ fraction: 0.75 }],
      },
    ],
    targets: [
      {
        $anchor: "tgt_agreed",
        title: "A day is agreed",
        when: { cel: "close_date != null" },
        promises: { answer: "PT4H" },
      },
      { $anchor: "tgt_others", title: "All others", promises: { answer: "P2D" } },
    ],
  },
  {
    $schema: "urn:trellis:queue:1",
    $id: "unclaimed",
    $anchor: "que_unclaimed",
    title: "Unclaimed",
    entity: "deal",
    order: 10,
    when: { cel: "title == ''" },
    role: "seller",
    model: "round_robin",
    skills: [{ skill: "french", level: 1, relax: { after: "PT30M", level: 0 } }],
  },
  {
    $schema: "urn:trellis:mailbox:1",
    $id: "offers",
    $anchor: "mbx_offers",
    title: "Offers",
    address: "offers@example.com",
    entity: "deal",
    fields: { subject: "title", sender: "contact" },
  },
  {
    $schema: "urn:trellis:snippet:1",
    $id: "thanks",
    $anchor: "snp_thanks",
    title: "Thanks",
    entity: "deal",
    text: "Hello {{ sender.name }},\n\nthank you for {{ title }}.\n\n{{ user.name }}",
  },
];

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
  { name: "desk", path: "/desk", shows: "Unclaimed" },
  { name: "my-tasks", path: "/my-tasks", shows: "Nothing waits for you." },
  { name: "reports", path: "/reports", shows: "Why deals are lost" },
  { name: "report", path: "/reports/sales_forecast?period=2020-01-01_2035-12-31", shows: "Weighted, still open" },
  { name: "report-table", path: "/reports/win_rate?period=2020-01-01_2035-12-31", shows: "Closed in" },
  { name: "dashboard", path: "/dashboards/sales?period=2020-01-01_2035-12-31", shows: "Back moves" },
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
  { name: "design-duplicate-rules", path: "/design/duplicate-rules", shows: "Companies of a similar name" },
  { name: "design-duplicate-rule", path: "/design/duplicate-rule/company_alike", shows: "What she reads" },
  { name: "design-conversions", path: "/design/conversions", shows: "Renew" },
  {
    name: "design-conversion",
    path: "/design/conversion/renewal",
    shows: "Carry over fields of the same name and type",
  },
  { name: "design-segments", path: "/design/segments", shows: "Open and large" },
  { name: "design-segment", path: "/design/segment/open_and_large", shows: "would be in it" },
  { name: "design-scores", path: "/design/scores", shows: "Promise" },
  { name: "design-score", path: "/design/score/promise", shows: "Over from" },
  { name: "design-sla-policies", path: "/design/sla-policies", shows: "Answers in time" },
  { name: "design-sla-policy", path: "/design/sla-policy/answers", shows: "All others" },
  { name: "design-sla-policy-clocks", path: "/design/sla-policy/answers?tab=clocks", shows: "It is given up" },
  { name: "design-queues", path: "/design/queues", shows: "Unclaimed" },
  { name: "design-queue", path: "/design/queue/unclaimed", shows: "Nobody has this role" },
  { name: "design-mailboxes", path: "/design/mailboxes", shows: "offers@example.com" },
  { name: "design-mailbox-document", path: "/design/mailboxes/offers", shows: "A mail as it came" },
  { name: "design-mailbox-joins", path: "/design/mailboxes/offers?tab=joins", shows: "by the code in its subject" },
  { name: "design-snippets", path: "/design/snippets", shows: "Thanks" },
  { name: "design-snippet", path: "/design/snippet/thanks", shows: "Who may use it" },
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
  { name: "design-messages", path: "/design/messages", shows: "Your plan follows" },
  { name: "design-message", path: "/design/message/plan_follows", shows: "Subject" },
  { name: "design-surveys", path: "/design/surveys", shows: "How was buying from us?" },
  { name: "design-survey", path: "/design/survey/after_won", shows: "CSAT: the share of fours and fives." },
  { name: "design-survey-settings", path: "/design/survey/after_won?tab=settings", shows: "Remove survey" },
  { name: "design-mailbox", path: "/design/mailbox", shows: "No mail has come yet." },
  { name: "design-sent-mail", path: "/design/sent-mail", shows: "No mail waits for you." },
  { name: "design-views", path: "/design/views", shows: "Page of deal" },
  { name: "design-view", path: "/design/view/all_deals", shows: "Remove view" },
  { name: "design-layout", path: "/design/layout/deal", shows: "Flows into the timeline" },
  { name: "design-reports", path: "/design/reports", shows: "Sales in figures" },
  { name: "design-report", path: "/design/report/sales_forecast", shows: "Remove report" },
  { name: "design-dashboards", path: "/design/dashboards", shows: "11 cards" },
  { name: "design-dashboard", path: "/design/dashboard/sales", shows: "Remove dashboard" },
  { name: "design-roles", path: "/design/roles?role=seller&entity=deal", shows: "Mark as won" },
  { name: "design-forms", path: "/design/forms", shows: "Ask for a plan" },
  { name: "design-form", path: "/design/form/enquiry", shows: "Remove Name" },
  { name: "design-form-settings", path: "/design/form/enquiry?tab=settings", shows: "Remove form" },
  { name: "design-portals", path: "/design/portals", shows: "Your requests" },
  { name: "design-portal", path: "/design/portal/requests", shows: "Which of them she sees" },
  { name: "design-portal-settings", path: "/design/portal/requests?tab=settings", shows: "Remove customer page" },
  { name: "design-purposes", path: "/design/purposes", shows: "Newsletter" },
  { name: "design-purpose", path: "/design/purpose/newsletter", shows: "Remove purpose" },
  { name: "design-workspace", path: "/design/workspace", shows: "The first is spoken where nobody says otherwise" },
  { name: "design-workspace-rates", path: "/design/workspace?tab=rates", shows: "A rate holds from its day on" },
  { name: "design-connections", path: "/design/connections", shows: "Taken from the outside" },
  { name: "design-translations", path: "/design/translations?into=ja", shows: "Export file" },
  { name: "design-plan", path: "/design/plan", shows: "Nothing is changed yet." },
  { name: "design-versions", path: "/design/versions", shows: "Template Sales 2.5.1" },
  { name: "design-templates", path: "/design/templates", shows: "What do you want to grow?" },
  { name: "design-people", path: "/design/people", shows: "ada@example.com" },
  { name: "duplicates", path: "/duplicates", shows: "say that they are not the same" },
  { name: "shared-records", path: "/shared-records", shows: "Nothing is shared" },
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
