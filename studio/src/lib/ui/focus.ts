import { tick } from "svelte";

/** Focuses the element of this id as soon as it stands on the page, before a next key is read. */
export function focusOn(id: string): void {
  void tick().then(() => document.getElementById(id)?.focus());
}
