import type { DescribedEntity } from "engine";
import type { Workspace } from "#lib/model.svelte.ts";
import { words } from "#lib/words/index.ts";

/** Somewhere one can go. */
export interface Place {
  readonly title: string;
  readonly href: string;
  readonly icon: string;
  /** Where the pages of what it lists lie. */
  readonly below?: string;
}

export interface PlaceGroup {
  readonly title: string;
  readonly items: readonly Place[];
}

/** Where the navigation leads: the entities by the template that brought them, activities last; or the designers. */
export function places(workspace: Workspace, designing: boolean): readonly PlaceGroup[] {
  if (designing)
    return [
      {
        title: words.design,
        items: [
          { title: words.overview, href: "/design/overview", icon: "home" },
          { title: words.entities, href: "/design/entities", icon: "columns", below: "/design/entity" },
          { title: words.valueSets, href: "/design/value-sets", icon: "list-checks", below: "/design/value-set" },
          { title: words.viewsAndLayouts, href: "/design/views", icon: "layout", below: "/design/view" },
          {
            ...{ title: words.duplicates.rules, href: "/design/duplicate-rules", icon: "copy" },
            below: "/design/duplicate-rule",
          },
          { title: words.calendars, href: "/design/calendars", icon: "clock", below: "/design/calendar" },
        ],
      },
      {
        title: words.workflows,
        items: [
          { title: words.workflows, href: "/design/workflows", icon: "workflow", below: "/design/workflow" },
          { title: words.conversions, href: "/design/conversions", icon: "arrow-right", below: "/design/conversion" },
          { title: words.incidents, href: "/design/incidents", icon: "warning" },
        ],
      },
      {
        title: words.messages,
        items: [
          { title: words.forms, href: "/design/forms", icon: "file-text", below: "/design/form" },
          { title: words.portals, href: "/design/portals", icon: "globe", below: "/design/portal" },
          { title: words.purposes, href: "/design/purposes", icon: "user-check", below: "/design/purpose" },
          { title: words.segments, href: "/design/segments", icon: "filter", below: "/design/segment" },
          { title: words.scores, href: "/design/scores", icon: "zap", below: "/design/score" },
          { title: words.messages, href: "/design/messages", icon: "mail", below: "/design/message" },
          { title: words.surveys, href: "/design/surveys", icon: "star", below: "/design/survey" },
          { title: words.mailbox, href: "/design/mailbox", icon: "inbox" },
          { title: words.sentMail, href: "/design/sent-mail", icon: "send" },
        ],
      },
      {
        title: words.sla.service,
        items: [
          { title: words.sla.policies, href: "/design/sla-policies", icon: "hourglass", below: "/design/sla-policy" },
          { title: words.queueing.queues, href: "/design/queues", icon: "layers", below: "/design/queue" },
          { title: words.post.mailboxes, href: "/design/mailboxes", icon: "inbox", below: "/design/mailboxes" },
          { title: words.snip.snippets, href: "/design/snippets", icon: "sticky-note", below: "/design/snippet" },
        ],
      },
      {
        title: words.analysis,
        items: [
          { title: words.reports, href: "/design/reports", icon: "chart", below: "/design/report" },
          { title: words.dashboards, href: "/design/dashboards", icon: "board", below: "/design/dashboard" },
        ],
      },
      {
        title: words.settings,
        items: [
          { title: words.whole.title, href: "/design/workspace", icon: "settings" },
          { title: words.rolesAndAccess, href: "/design/roles", icon: "shield" },
          { title: words.people, href: "/design/people", icon: "users" },
          ...(workspace.entities.some(({ sharing }) => sharing)
            ? [{ title: words.shares.title, href: "/shared-records", icon: "users" }]
            : []),
          { title: words.connections, href: "/design/connections", icon: "link" },
          { title: words.translations, href: "/design/translations", icon: "languages" },
          { title: words.templates, href: "/design/templates", icon: "package" },
          { title: words.versions, href: "/design/versions", icon: "history" },
          { title: words.import, href: "/import", icon: "upload" },
        ],
      },
    ];
  const own = workspace.entities.filter((entity) => !entity.system && !isPart(entity));
  const withState = own.filter(({ name, activity }) => !activity && workspace.stateField(name));
  const others = own.filter((entity) => !entity.activity && !withState.includes(entity));
  const activities = own.filter(({ activity }) => activity);
  const reports = { title: words.reports, href: "/reports", icon: "chart", below: "/dashboards" };
  const looks = [
    ...(workspace.dashboards.length + workspace.reports.length > 0 ? [reports] : []),
    ...(workspace.duplicates ? [{ title: words.duplicates.title, href: "/duplicates", icon: "copy" }] : []),
  ];
  const mine = [
    ...(workspace.queues ? [{ title: words.desk, href: "/desk", icon: "inbox" }] : []),
    ...(workspace.tasks ? [{ title: words.myTasks, href: "/my-tasks", icon: "list-checks" }] : []),
  ];
  const lists = [
    { title: words.workflows, items: withState },
    { title: words.records, items: others },
    { title: words.more, items: activities },
  ]
    .filter(({ items }) => items.length > 0)
    .map(({ title, items }) => ({ title, items: items.map(listOf) }));
  return [
    ...(mine.length > 0 ? [{ title: words.ownWork, items: mine }] : []),
    ...lists,
    ...(looks.length > 0 ? [{ title: words.analysis, items: looks }] : []),
  ];
}

/** Records that are part of others: one comes to them by these, and by name; no place of their own is shown. */
export const parts = (workspace: Workspace): PlaceGroup => ({
  title: words.records,
  items: workspace.entities.filter((entity) => !entity.system && isPart(entity)).map(listOf),
});

const isPart = ({ fields }: DescribedEntity) => fields.some(({ owned }) => owned === true);

const listOf = ({ name, plural, icon }: DescribedEntity): Place => ({ title: plural, href: `/${name}`, icon });
