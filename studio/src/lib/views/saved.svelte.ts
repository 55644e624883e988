import type { SavedView } from "engine";
import type { ViewDocument } from "schemas";
import { ask, get, patch, post } from "../api.ts";

/** A saved view as the server answers it. */
export type KeptView = SavedView & {
  readonly id: string;
  readonly version: number;
  readonly owner: string;
  readonly owner_name: string | null;
  readonly shared: boolean;
  /** What of it is no longer there for its reader. */
  readonly problems: readonly { readonly code: string; readonly path: string; readonly detail: string }[];
};

const path = "/api/views";

/** The saved views of an entity: those of the reader, and those that others share. */
export class SavedViews {
  all = $state.raw<readonly KeptView[]>([]);
  /** The entity whose views these are; none until they are there. */
  of = $state("");

  async read(entity: string): Promise<void> {
    const { items } = await get<{ items: KeptView[] }>(`${path}?entity=${entity}`);
    this.all = items;
    this.of = entity;
  }

  find(id: string | null): KeptView | undefined {
    return this.all.find((view) => view.id === id);
  }

  /** Keeps a view for whoever looks at it, and for others where it is shared. */
  async save(view: ViewDocument, shared: boolean): Promise<KeptView> {
    const { $schema: _schema, $id: _id, $anchor: _anchor, order: _order, ...rest } = view;
    const { body } = await post<KeptView>(path, { ...rest, shared });
    this.all = [...this.all, body];
    return body;
  }

  /** Changes what is named of a view; null takes a part out. Parts that are no longer there are left out with it. */
  async change(view: KeptView, changes: Readonly<Record<string, unknown>>): Promise<void> {
    const { body } = await patch<KeptView>(`${path}/${view.id}`, { ...mended(view), ...changes }, view.version);
    this.all = this.all.map((it) => (it.id === body.id ? body : it));
  }

  async forget({ id }: KeptView): Promise<void> {
    await ask("DELETE", `${path}/${id}`);
    this.all = this.all.filter((it) => it.id !== id);
  }
}

/** A saved view as a document, of which its id is the name. What is no longer there is left out, so that it opens. */
export function documentOf(view: KeptView): ViewDocument {
  const {
    id,
    version: _version,
    owner: _owner,
    owner_name: _name,
    shared: _shared,
    problems: _problems,
    ...body
  } = view;
  const kept = Object.entries({ ...body, ...mended(view) }).filter(([, value]) => value !== null);
  return {
    $schema: "urn:trellis:view:1",
    $id: id,
    $anchor: id,
    ...(Object.fromEntries(kept) as unknown as SavedView),
  };
}

const needed = ["entity", "title", "type"];

/** What must change of a view for all of it to be there: null for a part that goes as a whole. */
function mended({ problems, columns }: KeptView): Readonly<Record<string, unknown>> {
  const faulty = new Set(problems.map((it) => it.path.split("/")[1] ?? "").filter((key) => !needed.includes(key)));
  const left = columns?.filter((_, at) => !problems.some((it) => it.path === `/columns/${at}`)) ?? [];
  return Object.fromEntries(
    [...faulty].map((key) => [key, key === "columns" && left.length > 0 ? left : null] as const),
  );
}
