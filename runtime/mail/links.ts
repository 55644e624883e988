import { timingSafeEqual } from "node:crypto";
import { macBy } from "../mac.ts";
import type { MessageForm } from "./message-form.ts";
import { tokenOf } from "./token.ts";

const uses = ["stop", "choices", "open"] as const;

/** The links of one mail that its form has: to stop it, to choose, that it was opened, and those of its text, which lead over us. */
export function linksOf({
  key,
  origin,
  sending,
  form,
}: {
  readonly key: Buffer;
  readonly origin: string;
  readonly sending: string;
  readonly form: Pick<MessageForm, "subject" | "html" | "text" | "links">;
}): Readonly<Record<string, string>> {
  const { subject, html, text } = form;
  const own = uses.flatMap((use) =>
    [html, text, subject].some((it) => it.includes(`${use}_url`))
      ? [[`${use}_url`, `${origin}/api/mail/${use}/${tokenOf(key, use, sending)}`] as const]
      : [],
  );
  const links = form.links.map((_, number) => [
    `link_${number}`,
    `${origin}/api/mail/to/${linkToken(key, sending, number)}`,
  ]);
  return Object.fromEntries([...own, ...links]) as Readonly<Record<string, string>>;
}

const idBytes = 16;
const numberBytes = 2;
const macBytes = 14;

/** One link of one mail: where it leads is kept with us and stands in no address. */
function linkToken(key: Buffer, sending: string, number: number): string {
  const head = Buffer.alloc(idBytes + numberBytes);
  Buffer.from(sending.replaceAll("-", ""), "hex").copy(head);
  head.writeUInt16BE(number, idBytes);
  return Buffer.concat([head, macOf(key, head)]).toString("base64url");
}

/** Which link of which mail; nothing where we have not written it. */
export function linkOf(key: Buffer, token: string): { readonly sending: string; readonly number: number } | undefined {
  if (!/^[\w-]{43}$/.test(token)) return undefined;
  const all = Buffer.from(token, "base64url");
  const head = all.subarray(0, idBytes + numberBytes);
  if (all.length !== head.length + macBytes || !timingSafeEqual(all.subarray(head.length), macOf(key, head)))
    return undefined;
  const id = head.toString("hex", 0, idBytes);
  return {
    sending: id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5"),
    number: head.readUInt16BE(idBytes),
  };
}

const macOf = (key: Buffer, head: Buffer): Buffer =>
  macBy(key).update("link ").update(head).digest().subarray(0, macBytes);
