import { goto } from "$app/navigation";
import { page } from "$app/state";
import type { AnyDocument } from "schemas";
import { removeDocument } from "./change.ts";
import type { Draft } from "./draft.svelte.ts";

/** Edits the document that this page is about; one that is called otherwise is shown at its new address. */
export function editNamed(
  draft: Draft,
  before: { readonly $id: string } | undefined,
  label: string,
  next: AnyDocument & { readonly $id: string },
): void {
  draft.edit(label, next);
  if (before === undefined || next.$id === before.$id) return;
  const { pathname, search } = page.url;
  void goto(pathname.replace(/[^/]*$/, next.$id) + search, { replace: true });
}

/** Takes the document that this page is about away, and shows those that are left. */
export function removeNamed(draft: Draft, document: Parameters<typeof removeDocument>[1], list: string): void {
  removeDocument(draft, document);
  void goto(list);
}
