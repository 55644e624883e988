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
          { title: words.calendars, href: "/design/calendars", icon: "clock", below: "/design/calendar" },
          { title: words.workflows, href: "/design/workflows", icon: "workflow", below: "/design/workflow" },
          { title: words.incidents, href: "/design/incidents", icon: "warning" },
          { title: words.viewsAndLayouts, href: "/design/views", icon: "layout", below: "/design/view" },
          { title: words.rolesAndAccess, href: "/design/roles", icon: "shield" },
          { title: words.connections, href: "/design/connections", icon: "link" },
          { title: words.translations, href: "/design/translations", icon: "languages" },
          { title: words.templates, href: "/design/templates", icon: "package" },
          { title: words.people, href: "/design/people", icon: "users" },
          { title: words.versions, href: "/design/versions", icon: "history" },
          { title: words.import, href: "/import", icon: "upload" },
        ],
      },
    ];
  const own = workspace.entities.filter(({ system }) => !system);
  const withState = own.filter(({ name, activity }) => !activity && workspace.stateField(name));
  const others = own.filter((entity) => !entity.activity && !withState.includes(entity));
  const activities = own.filter(({ activity }) => activity);
  const mine = workspace.tasks ? [{ title: words.myTasks, href: "/my-tasks", icon: "list-checks" }] : [];
  const lists = [
    { title: words.workflows, items: withState },
    { title: words.records, items: others },
    { title: words.more, items: activities },
  ]
    .filter(({ items }) => items.length > 0)
    .map(({ title, items }) => ({
      title,
      items: items.map(({ name, plural, icon }): Place => ({ title: plural, href: `/${name}`, icon })),
    }));
  return mine.length > 0 ? [{ title: words.ownWork, items: mine }, ...lists] : lists;
}
