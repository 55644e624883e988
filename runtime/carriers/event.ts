import { connectionAt, findBinding, findOwner, stop } from "../store/connections.ts";
import { writeMessages } from "../store/messages.ts";
import type { Carrier } from "./carrier.ts";
import { missedBy } from "./carrier.ts";
import { fineIn, post } from "./post.ts";

/** Events that connections are told of, as their owners may know them; one whose owner is gone is stopped. */
export const event: Carrier = {
  prepare: async ({ workspace, gate, now, stopping }, anchor, errands) => {
    const binding = await findBinding(workspace, anchor, now());
    const owner = binding && (await findOwner(workspace, binding.owner));
    if (!binding?.active) return undefined;
    if (!owner) {
      await stop(workspace, anchor, "owner", now());
      return undefined;
    }
    const document = connectionAt(workspace.model, anchor);
    const written = document
      ? await writeMessages({ workspace, document, owner, deliveries: errands, now: now() })
      : undefined;
    return async ({ id }) => {
      const one = written?.get(id);
      if (!document || !one) return { came: "skipped", why: "off" };
      if (!one.told) return { came: one.status === "skipped" ? "skipped" : "refused", why: one.why };
      const { url } = document;
      const posted = { url, secrets: binding.secrets, id: `msg_${id}`, body: one.body, now: now(), signal: stopping };
      const outcome = await post(gate, posted);
      if (stopping.aborted && !outcome.answered) return undefined;
      const fine = fineIn(outcome);
      if (fine) return { came: "done", answer: fine.status, told: one.told };
      const gone = outcome.answered && outcome.status === 410;
      if (!gone) return missedBy(outcome);
      await stop(workspace, anchor, "gone", now());
      return { came: "missed", why: "refused", answer: 410, reached: false, trouble: false };
    };
  },
};
