import { connectionAt, findBinding } from "../store/connections.ts";
import { missedBy, type Carrier } from "./carrier.ts";
import { fineIn, post } from "./post.ts";

/** Signed messages that runs send to connections. */
export const webhook: Carrier = {
  prepare: async ({ workspace, gate, now, stopping }, anchor) => {
    const binding = await findBinding(workspace, anchor, now());
    const document = connectionAt(workspace.model, anchor);
    return async ({ id, at, asked }) => {
      if (!document || !binding) return { came: "refused", why: "unbound" };
      const { type, data } = asked.params;
      const body = JSON.stringify({ type, timestamp: at, data });
      const posted = {
        url: document.url,
        secrets: binding.secrets,
        id: `msg_${id}`,
        body,
        now: now(),
        signal: stopping,
      };
      const outcome = await post(gate, posted);
      if (stopping.aborted && !outcome.answered && !outcome.reached) return undefined;
      const fine = fineIn(outcome);
      return fine ? { came: "done", answer: fine.status } : missedBy(outcome);
    };
  },
};
