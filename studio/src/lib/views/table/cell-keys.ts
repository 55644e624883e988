/** What a key does in a table, beyond what the map of keys says. */
export type CellAct = "left" | "right" | "write" | "type" | "next" | "before" | "empty" | "leave" | "all";

const acts: Readonly<Record<string, CellAct>> = {
  ArrowLeft: "left",
  Enter: "write",
  F2: "write",
  Delete: "empty",
  Backspace: "empty",
  Escape: "leave",
};

/** What a key does where the cursor stands on a cell, or on a whole row; nothing where the key is not the table's. */
export function cellActOf(event: KeyboardEvent, onCell: boolean): CellAct | undefined {
  const { key, ctrlKey, metaKey, altKey, shiftKey, isComposing } = event;
  if (isComposing || altKey) return undefined;
  if (ctrlKey || metaKey) return key.toLowerCase() === "a" && !shiftKey ? "all" : undefined;
  if (key === "ArrowRight") return "right";
  if (!onCell) return undefined;
  if (key === "Tab") return shiftKey ? "before" : "next";
  return acts[key] ?? (key.length === 1 && key !== " " ? "type" : undefined);
}

/** Whether nobody else wants a key or what is pasted: the focus is in the table or nowhere, and in no control. */
export function isForTable(target: EventTarget | null, box: HTMLElement | undefined): boolean {
  const at = target as Element | null;
  if (!at || !box || at.closest?.("input, textarea, select, button, a, [contenteditable], [role='dialog']"))
    return false;
  return at === document.body || at === document.documentElement || at === box || box.contains(at);
}
