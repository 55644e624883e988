import { anchorOf, kindOf, nameOf, readModel, sameDocument, type Model } from "engine";
import type { AnyDocument, Kind } from "schemas";
import { getContext, setContext } from "svelte";
import { ask, get, post, Problem, type Fault } from "../api.ts";
import { acted, noActs, redone, settled, undone, type Acts, type Drafts, type Stepped } from "./acts.ts";

interface ChangeAnswer {
  readonly id: string;
  readonly author: string | null;
  readonly status: string;
  readonly base: number;
  readonly reason: string;
  readonly drafts: Readonly<Record<string, AnyDocument | null>>;
}

/** What a draft makes of one document. */
export interface Drafted {
  readonly act: "add" | "change" | "remove";
  readonly document: AnyDocument;
}

const saveMs = 250;

/**
 * The open change of whoever designs: documents as they are to be, each edit one act with a name, saved as she works and
 * checked as a whole. Nothing that others see changes before it is published.
 */
export class Draft {
  /** What is published. */
  published = $state.raw<readonly AnyDocument[]>([]);
  version = $state(0);
  change = $state.raw<Omit<ChangeAnswer, "drafts"> | undefined>();
  faults = $state.raw<readonly Fault[]>([]);
  saving = $state<"saved" | "saving" | "failed">("saved");
  ready = $state(false);
  /** Documents as they are to be, by anchor; null for what is to go. */
  #drafts = $state.raw<Drafts>({});
  #acts = $state.raw<Acts>(noActs);
  #unsaved = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #work: Promise<void> = Promise.resolve();

  readonly #byAnchor = $derived(new Map(this.published.map((document) => [anchorOf(document), document])));
  /** All documents as they would stand. */
  readonly documents = $derived([
    ...this.published.flatMap(
      (document) => this.#drafts[anchorOf(document)] ?? (anchorOf(document) in this.#drafts ? [] : [document]),
    ),
    ...Object.entries(this.#drafts).flatMap(([anchor, document]) =>
      document && !this.#byAnchor.has(anchor) ? [document] : [],
    ),
  ]);
  /** What differs from what is published. */
  readonly drafted = $derived(
    Object.entries(this.#drafts).flatMap(([anchor, document]): Drafted[] => {
      const old = this.#byAnchor.get(anchor);
      if (!document) return old ? [{ act: "remove", document: old }] : [];
      if (old && sameDocument(old, document)) return [];
      return [{ act: old ? "change" : "add", document }];
    }),
  );
  /** The name of what `undo` takes back, and of what `redo` does again. */
  readonly undoes = $derived(this.#acts.past.at(-1)?.label);
  readonly redoes = $derived(this.#acts.ahead.at(-1)?.label);

  /** Reads what is published, and the change that was left open. */
  async open(user: string): Promise<void> {
    await this.#readPublished();
    const { items } = await get<{ items: readonly ChangeAnswer[] }>("/api/changes");
    const left = items.find(({ author, status }) => author === user && status === "open");
    if (left) {
      const { drafts, ...change } = await get<ChangeAnswer>(`/api/changes/${left.id}`);
      this.change = change;
      this.#drafts = this.#keyed(drafts);
      await this.#check();
    }
    this.ready = true;
  }

  /** The document of a name: as it is called in the draft, or as it is called yet. */
  document<Document extends AnyDocument = AnyDocument>(kind: Kind, name: string): Document | undefined {
    const own = this.documents.filter((it) => kindOf(it) === kind);
    const anchor = this.published.find((it) => kindOf(it) === kind && nameOf(it) === name);
    const found =
      own.find((it) => nameOf(it) === name) ??
      own.find((it) => anchor !== undefined && anchorOf(it) === anchorOf(anchor));
    return found as Document | undefined;
  }

  /** All documents of a kind, as they would stand. */
  all<Document extends AnyDocument = AnyDocument>(kind: Kind): readonly Document[] {
    return this.documents.filter((it) => kindOf(it) === kind) as readonly AnyDocument[] as readonly Document[];
  }

  /** The published document of an anchor. */
  before(anchor: string): AnyDocument | undefined {
    return this.#byAnchor.get(anchor);
  }

  /** The model of the documents as they would stand; nothing where they do not hold together. */
  model(): Model | undefined {
    try {
      return readModel(this.documents, this.version);
    } catch {
      return undefined;
    }
  }

  /** One act: a document becomes another, or goes. `label` is how it is called when it is taken back. */
  edit(label: string, ...next: readonly (AnyDocument | { readonly gone: AnyDocument })[]): void {
    const given = next.map((it) =>
      "gone" in it ? ([anchorOf(it.gone), null] as const) : ([anchorOf(it), it] as const),
    );
    const after = Object.fromEntries(given);
    const before = Object.fromEntries(given.map(([anchor]) => [anchor, this.#now(anchor)]));
    this.#acts = acted(this.#acts, { label, before, after });
    this.#put(after);
  }

  /** Ends an act that goes on over several keystrokes: the next edit of the same name is another. */
  settle(): void {
    this.#acts = settled(this.#acts);
  }

  undo(): void {
    this.#step(undone(this.#acts));
  }

  redo(): void {
    this.#step(redone(this.#acts));
  }

  #step(stepped: Stepped | undefined): void {
    if (!stepped) return;
    this.#acts = stepped.acts;
    this.#put(stepped.put);
  }

  /** Gives everything up that is not published. */
  async discard(): Promise<void> {
    await this.saved();
    if (this.change) await ask("DELETE", `/api/changes/${this.change.id}`);
    this.#forget();
  }

  /** Resolves when everything is saved. */
  async saved(): Promise<void> {
    clearTimeout(this.#timer);
    this.#save();
    await this.#work;
  }

  /** After a publish, of this change or of another: what is published is read again, and what is left of the draft kept. */
  async renew(own: boolean): Promise<void> {
    if (own) this.#forget();
    await this.#readPublished();
    if (!own && this.change) await this.#check();
  }

  #now(anchor: string): AnyDocument | null {
    return anchor in this.#drafts ? this.#drafts[anchor]! : (this.#byAnchor.get(anchor) ?? null);
  }

  #keyed(drafts: ChangeAnswer["drafts"]): Drafts {
    const entries = Object.entries(drafts).flatMap(([address, document]): [string, AnyDocument | null][] => {
      const old = this.published.find((it) => `${kindOf(it)}/${nameOf(it)}` === address);
      return document ? [[anchorOf(document), document]] : old ? [[anchorOf(old), null]] : [];
    });
    return Object.fromEntries(entries);
  }

  #forget(): void {
    this.change = undefined;
    this.#drafts = {};
    this.#acts = noActs;
    this.faults = [];
    this.#unsaved.clear();
    this.saving = "saved";
  }

  async #readPublished(): Promise<void> {
    const { items, version } = await get<{ items: readonly AnyDocument[]; version: number }>("/api/documents");
    this.published = items;
    this.version = version;
  }

  #put(documents: Drafts): void {
    this.#drafts = { ...this.#drafts, ...documents };
    for (const anchor of Object.keys(documents)) this.#unsaved.add(anchor);
    this.saving = "saving";
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#save(), saveMs);
  }

  #save(): void {
    if (this.#unsaved.size === 0) return;
    const anchors = [...this.#unsaved];
    this.#unsaved.clear();
    const work: Promise<void> = this.#work
      .then(() => this.#send(anchors))
      .then(() => {
        // More may have been edited meanwhile, or be on its way already.
        if (this.#work === work && this.#unsaved.size === 0) this.saving = "saved";
      })
      .catch((error: unknown) => {
        this.saving = "failed";
        this.faults = error instanceof Problem ? error.faults : [];
        // What comes next is saved all the same, and this with it.
        if (!(error instanceof Problem)) reportError(error);
      });
    this.#work = work;
  }

  /** Saves documents, each by itself: one that is refused holds up no other, and is tried again with the next. */
  async #send(anchors: readonly string[]): Promise<void> {
    const refused: unknown[] = [];
    for (const anchor of anchors)
      await this.#sendOne(anchor).catch((error: unknown) => {
        this.#unsaved.add(anchor);
        refused.push(error);
      });
    if (refused.length > 0) throw refused[0];
    await this.#check();
  }

  async #sendOne(anchor: string): Promise<void> {
    this.change ??= (await post<ChangeAnswer>("/api/changes", { reason: "" })).body;
    const document = this.#drafts[anchor];
    const old = this.#byAnchor.get(anchor);
    const named =
      document ??
      old ??
      [...this.#acts.past, ...this.#acts.ahead].flatMap(
        ({ before, after }) => before[anchor] ?? after[anchor] ?? [],
      )[0];
    if (!named) return;
    const path = `/api/documents/${kindOf(named)}/${nameOf(named)}?change=${this.change.id}`;
    if (document) await ask("PUT", path, { body: document });
    else await ask("DELETE", path).catch((error: Problem) => error.status === 404 || Promise.reject(error));
  }

  async #check(): Promise<void> {
    if (!this.change) return;
    const { body } = await post<{ problems: readonly Fault[] }>(`/api/changes/${this.change.id}/check`);
    this.faults = body.problems;
  }
}

const key = Symbol("draft");

export function provideDraft(draft: Draft): void {
  setContext(key, draft);
}

export function useDraft(): Draft {
  return getContext<Draft>(key);
}

/** The faults of one document, each with its place inside. */
export function faultsOf(faults: readonly Fault[], document: AnyDocument): readonly Fault[] {
  const place = `/${kindOf(document)}/${nameOf(document)}`;
  return faults
    .filter(({ path }) => path === place || path.startsWith(`${place}/`))
    .map((fault) => ({ ...fault, path: fault.path.slice(place.length) }));
}
