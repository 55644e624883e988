import type { DescribedEntity, DescribedField, Description } from "engine";
import type { LayoutDocument, ViewDocument } from "schemas";
import { getContext, setContext } from "svelte";
import { ask } from "./api.ts";
import { localeOf, speakOneOf } from "./language.ts";

export type { DescribedEntity, DescribedField };

/** A state of a workflow as screens show it. */
export interface Stage {
  readonly key: string;
  readonly title: string;
  /** Its place among those on the way, counted from 1. */
  readonly rung: number;
  readonly of: number;
  readonly end: boolean;
  readonly outcome: "won" | "lost" | undefined;
  /** Beside the way: a pause. */
  readonly aside: boolean;
}

interface ModelAnswer extends Description {
  readonly user: {
    id: string;
    name: string;
    email: string | null;
    locale: string | null;
    time_zone: string | null;
    roles: string[];
    admin: boolean;
  };
  readonly workspace: { name: string; currency: string; time_zone: string; languages: string[]; week_start: number };
  readonly live: string;
}

/** The workspace as its reader may know it: what every screen is made from. */
export class Workspace {
  #answer = $state.raw() as ModelAnswer;

  readonly user = $derived(this.#answer.user);
  readonly name = $derived(this.#answer.workspace.name);
  readonly currency = $derived(this.#answer.workspace.currency);
  readonly timeZone = $derived(this.#answer.user.time_zone ?? this.#answer.workspace.time_zone);
  /** The first day of a week, from 1 for Monday. */
  readonly weekStart = $derived(this.#answer.workspace.week_start);
  readonly languages = $derived(this.#answer.workspace.languages);
  /** By which language dates, numbers and money are written. */
  readonly locale = $derived(localeOf(this.#answer.user.locale, this.#answer.workspace.languages));
  /** Behind which place in the order of events all is news. */
  readonly live = $derived(this.#answer.live);
  readonly entities = $derived(this.#answer.entities);
  readonly templates = $derived(this.#answer.templates);
  readonly workflows = $derived(this.#answer.workflows);
  readonly reports = $derived(this.#answer.reports);
  readonly dashboards = $derived(
    this.#answer.dashboards.map(({ $id, description = "", ...it }) => ({ ...it, description, name: $id })),
  );
  /** Whether workflows have people do something here. */
  readonly tasks = $derived(this.#answer.tasks);
  /** Whether records wait in queues here. */
  readonly queues = $derived(this.#answer.queues);
  /** Whether rules say which records are alike, of those that she may change. */
  readonly duplicates = $derived(this.#answer.duplicates);
  readonly #byName = $derived(new Map(this.#answer.entities.map((entity) => [entity.name, entity])));

  constructor(answer: ModelAnswer) {
    this.#answer = answer;
  }

  /** Reads the model again: after a template was installed, or a publish. */
  async refresh(): Promise<void> {
    this.#answer = await readModel();
  }

  entity(name: string): DescribedEntity | undefined {
    return this.#byName.get(name);
  }

  field(entity: string, name: string): DescribedField | undefined {
    return this.entity(entity)?.fields.find((field) => field.name === name);
  }

  /** The field at the end of a path over references, with the titles on the way. */
  path(entity: string, path: string): { readonly field: DescribedField; readonly title: string } | undefined {
    const [name = "", ...rest] = path.split(".");
    const field = this.field(entity, name);
    if (!field || rest.length === 0) return field && { field, title: field.title };
    const inner = this.path(field.targets[0] ?? "", rest.join("."));
    return inner && { field: inner.field, title: `${field.title} › ${inner.title}` };
  }

  views(entity: string): readonly ViewDocument[] {
    return this.#answer.views.filter((view) => view.entity === entity);
  }

  layout(entity: string): LayoutDocument | undefined {
    return this.#answer.layouts.find((layout) => layout.entity === entity);
  }

  /** What records of an entity can become. */
  conversions(entity: string): Description["conversions"] {
    return this.#answer.conversions.filter((conversion) => conversion.entity === entity);
  }

  /** The field that shows where a record stands, where its entity has one. */
  stateField(entity: string): DescribedField | undefined {
    return this.entity(entity)?.fields.find(({ field, region }) => field === "state" && region === undefined);
  }

  /** The states that a field can show, in the order of a board. */
  stagesOf(field: DescribedField | undefined): readonly Stage[] {
    return this.stages(field?.workflow, field?.region);
  }

  /** The states of a workflow in the order of a board: of its main region, or of the one named. */
  stages(workflow: string | undefined, region?: string): readonly Stage[] {
    const found = this.#answer.workflows.find(({ id }) => id === workflow);
    if (!found) return [];
    const states = new Map(leaves(found.states as Record<string, StateLike>));
    const order = region === undefined ? found.order : (found.regions[region] ?? []);
    const aside = region === undefined ? found.aside : [];
    const onTheWay = order.filter((key) => !states.get(key)?.tags?.includes("end") && !aside.includes(key));
    return order.map((key) => {
      const state = states.get(key);
      return {
        key,
        title: state?.meta?.title ?? key,
        rung: onTheWay.indexOf(key) + 1,
        of: onTheWay.length,
        end: state?.tags?.includes("end") ?? false,
        outcome: state?.meta?.outcome,
        aside: aside.includes(key),
      };
    });
  }
}

interface StateLike {
  readonly tags?: readonly string[];
  readonly meta?: { readonly title?: string; readonly outcome?: "won" | "lost" };
  readonly states?: Record<string, StateLike>;
}

function leaves(states: Record<string, StateLike>): [string, StateLike][] {
  return Object.entries(states).flatMap(([key, state]) =>
    state.states ? leaves(state.states) : [[key, state] as [string, StateLike]],
  );
}

const key = Symbol("workspace");

/** Reads the model; the pages below find it by `useWorkspace`. */
export async function openWorkspace(): Promise<Workspace> {
  return new Workspace(await readModel());
}

/** The model, once the screens speak the language of its reader. */
async function readModel(): Promise<ModelAnswer> {
  const { body, live = "" } = await ask<Omit<ModelAnswer, "live">>("GET", "/api/model");
  await speakOneOf([localeOf(body.user.locale, body.workspace.languages)]);
  return { ...body, live };
}

export function provideWorkspace(workspace: Workspace): void {
  setContext(key, workspace);
}

export function useWorkspace(): Workspace {
  return getContext<Workspace>(key);
}
