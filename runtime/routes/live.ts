import { problem } from "engine";
import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import type { App } from "../app.ts";
import { listenersMost, type LiveMessage } from "../live.ts";
import { textOf, type Position } from "../store/live.ts";

const beatMs = 15_000;
/** A connection that takes nothing any more is ended; its client comes back and is told what it missed. */
const unreadMost = 2000;

/**
 * What changes, as server-sent events (HTML Living Standard, section 9.2): messages without values, each for what its
 * reader sees. The id of a message is its place in the order of events; who sends it as `Last-Event-ID` goes on behind it.
 */
export const live = new Hono<App>().get("/", async (c) => {
  const { principal, workspace, services } = c.var;
  const since = positionOf(c.req.header("last-event-id") ?? c.req.query("since"));
  const feed = services.live.of(workspace);
  if (feed.count(principal.id) >= listenersMost) throw problem("live.too_many", { most: listenersMost });
  c.header("x-accel-buffering", "no");
  return streamSSE(c, async (stream) => {
    const ended = Promise.withResolvers<void>();
    stream.onAbort(() => ended.resolve());
    let unread = 0;
    const written = () => void unread--;
    const send = (message: LiveMessage, at?: Position) => {
      if (++unread > unreadMost) ended.resolve();
      const data = JSON.stringify(message);
      void stream.writeSSE(at ? { data, id: textOf(at) } : { data }).then(written, () => ended.resolve());
    };
    const leave = await feed.add({
      watcher: {
        user: principal.id,
        actor: principal.actor?.id,
        key: principal.key,
        session: principal.session,
        narrowed: principal.narrowed,
      },
      roles: principal.roles,
      since,
      send,
      close: () => ended.resolve(),
    });
    const beat = setInterval(() => void stream.write(": \n\n"), beatMs);
    await stream.write("retry: 1000\n\n");
    await ended.promise;
    clearInterval(beat);
    leave();
  });
});

function positionOf(text: string | undefined): Position | undefined {
  if (text === undefined || text === "") return undefined;
  const [, xid, id] = /^([0-9]{1,19})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(text) ?? [];
  if (xid === undefined || id === undefined) throw problem("live.position", {});
  return { xid, id };
}
