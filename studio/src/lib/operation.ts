import { get } from "./api.ts";

const waitMs = 400;

/**
 * Asks how something long stands, again and again, until `ended` makes an answer of what is told; it throws where there
 * will be none. Whoever no longer waits says so by `signal` and gets nothing.
 */
export async function follow<Told, Answer>(
  operation: string,
  ended: (told: Told) => Answer | undefined,
  signal?: AbortSignal,
): Promise<Answer | undefined> {
  while (!signal?.aborted) {
    const answer = ended(await get<Told>(`/api/operations/${operation}`));
    if (answer !== undefined) return answer;
    await new Promise((again) => setTimeout(again, waitMs));
  }
  return undefined;
}
