import { post } from "./api.ts";
import { toasts } from "./ui/toasts.svelte.ts";
import { words } from "./words/index.ts";

/** Takes an operation back, what others have changed since by force alone, and says what came of it. */
export async function undoOperation(operation: string, { force = false } = {}): Promise<void> {
  try {
    const { body } = await post<{ conflicts: readonly unknown[] }>(
      `/api/operations/${operation}/undo${force ? "?force=true" : ""}`,
    );
    toasts.tell(body.conflicts.length > 0 ? words.undoneInPart(body.conflicts.length) : words.undone);
  } catch (error) {
    toasts.fail(error instanceof Error ? error.message : String(error));
  }
}
