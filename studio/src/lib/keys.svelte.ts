import { onMount } from "svelte";

/** What a key does on this screen. */
export interface KeyBinding {
  readonly key: string;
  readonly title: string;
  readonly act: (event: KeyboardEvent) => void;
}

/** The keys of the screens that are open, the newest screen first. Single letters work outside text alone. */
class Keys {
  #open = $state.raw<readonly (readonly KeyBinding[])[]>([]);
  readonly bindings = $derived(this.#open.flat());

  add(bindings: readonly KeyBinding[]): () => void {
    this.#open = [bindings, ...this.#open];
    return () => (this.#open = this.#open.filter((it) => it !== bindings));
  }

  press(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const at = event.target as HTMLElement | null;
    if (at?.closest("input, textarea, select, [contenteditable], [role='dialog'], [role='menu']")) return;
    // What is focused is pressed by these.
    if ((event.key === "Enter" || event.key === " ") && at?.closest("button, a, summary")) return;
    const bound = this.bindings.find(({ key }) => key.toLowerCase() === event.key.toLowerCase());
    if (!bound) return;
    event.preventDefault();
    bound.act(event);
  }
}

export const keys = new Keys();

/** Binds keys for as long as the component is there. */
export function useKeys(bindings: readonly KeyBinding[]): void {
  onMount(() => keys.add(bindings));
}
