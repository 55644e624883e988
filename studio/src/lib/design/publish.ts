import { post, Problem } from "../api.ts";
import { follow } from "../operation.ts";

interface Operation {
  readonly status: string;
  readonly detail?: { readonly version?: number; readonly problems?: readonly { readonly detail: string }[] };
}

/**
 * Publishes, or undoes, and waits until the new model is live. Answers its version. What takes long is told by
 * `onlong` once. Throws a `Problem` where it is refused, and an `Error` with the reason where it failed on the way.
 */
export async function publish(path: string, body: unknown, onlong: () => void): Promise<number> {
  const { body: answer } = await post<{ version?: number; operation?: string }>(path, body);
  if (answer.version !== undefined) return answer.version;
  onlong();
  const version = await follow(answer.operation!, ({ status, detail }: Operation) => {
    if (status === "failed" || status === "cancelled")
      throw new Problem(422, "publish.failed", detail?.problems?.[0]?.detail ?? status, []);
    return status === "finishing" || status === "done" ? detail?.version : undefined;
  });
  return version!;
}
