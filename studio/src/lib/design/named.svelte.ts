import { goto } from "$app/navigation";
import { page } from "$app/state";
import type { AnyDocument, Kind } from "schemas";
import { words } from "#lib/words/index.ts";
import { removeDocument, withFilled } from "./change.ts";
import { faultsOf, type Draft } from "./draft.svelte.ts";

/** A document that people know by its title, and addresses by its name. */
export type Titled = AnyDocument & { readonly $id: string; readonly $anchor: string; readonly title: string };

/** The document that a page is about: the one of its kind that is called as the address says. */
export class Named<Document extends Titled> {
  readonly #draft: Draft;
  readonly #kind: Kind;

  readonly document = $derived.by(() => this.#draft.document<Document>(this.#kind, page.params.name ?? ""));
  readonly faults = $derived.by(() => (this.document ? faultsOf(this.#draft.faults, this.document) : []));

  constructor(draft: Draft, kind: Kind) {
    this.#draft = draft;
    this.#kind = kind;
  }

  /** Edits it; called otherwise, it is shown at its new address. Until it is settled, edits of the same label are one act. */
  readonly edit = (label: string, next: Document, settle = false): void => {
    const before = this.document;
    this.#draft.edit(label, next);
    if (settle) this.#draft.settle();
    if (before === undefined || next.$id === before.$id) return;
    const { pathname, search } = page.url;
    void goto(pathname.replace(/[^/]*$/, next.$id) + search, { replace: true });
  };

  /** Gives it other members, which people know as `what`; what is empty is taken out. */
  readonly put = (given: Partial<Record<keyof Document, unknown>>, what: string, settle = true): void => {
    if (!this.document) return;
    this.edit(words.act.change(what, this.document.title), withFilled(this.document, given), settle);
  };

  /** Takes it away, and shows the list of those that are left. */
  remove(list: string): void {
    if (!this.document) return;
    removeDocument(this.#draft, this.document);
    void goto(list);
  }
}
