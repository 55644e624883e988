import { get, post, Problem } from "../api.ts";

interface Operation {
  readonly status: string;
  readonly detail?: { readonly version?: number; readonly problems?: readonly { readonly detail: string }[] };
}

const waitMs = 400;

/**
 * Publishes, or undoes, and waits until the new model is live. Answers its version. What takes long is told by
 * `onlong` once. Throws a `Problem` where it is refused, and an `Error` with the reason where it failed on the way.
 */
export async function publish(path: string, body: unknown, onlong: () => void): Promise<number> {
  const { body: answer } = await post<{ version?: number; operation?: string }>(path, body);
  if (answer.version !== undefined) return answer.version;
  onlong();
  for (;;) {
    const { status, detail } = await get<Operation>(`/api/operations/${answer.operation}`);
    if (detail?.version !== undefined && (status === "finishing" || status === "done")) return detail.version;
    if (status === "failed" || status === "cancelled")
      throw new Problem(422, "publish.failed", detail?.problems?.[0]?.detail ?? status, []);
    await new Promise((done) => setTimeout(done, waitMs));
  }
}
