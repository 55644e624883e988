import { timingSafeEqual } from "node:crypto";
import { macBy } from "../mac.ts";

/** What an address of ours is for: reports on a mail come back to `b`, who wants no more of its kind writes to `s`. */
const uses = { b: "bounce", s: "stop" } as const;
type Use = keyof typeof uses;

/**
 * The sender that servers send a mail back to: it names its sending, and proves that we have written it (VERP). 51 signs
 * in small letters before the at sign.
 */
export const bounceAddress = (key: Buffer, sending: string, domain: string): string =>
  addressFor(key, "b", sending, domain);

/** Where somebody writes who wants no more mails like this one: whoever has the address has got the mail. */
export const stopAddress = (key: Buffer, sending: string, domain: string): string =>
  addressFor(key, "s", sending, domain);

/** The sending that a bounce is for; nothing where the address was not written by us. */
export const sendingOf = (key: Buffer, address: string): string | undefined => namedBy(key, "b", address);

/** The sending whose kind somebody wants no more of; nothing where the address was not written by us. */
export const stoppedBy = (key: Buffer, address: string): string | undefined => namedBy(key, "s", address);

function addressFor(key: Buffer, use: Use, sending: string, domain: string): string {
  const id = sending.replaceAll("-", "");
  return `${use}+${id}.${macOf(key, use, id)}@${domain}`;
}

function namedBy(key: Buffer, use: Use, address: string): string | undefined {
  const [, for_ = "", id = "", mac = ""] =
    /^([bs])\+([0-9a-f]{32})\.([0-9a-f]{16})@/i.exec(address.trim().toLowerCase()) ?? [];
  if (for_ !== use || !timingSafeEqual(Buffer.from(mac), Buffer.from(macOf(key, use, id)))) return undefined;
  return id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

const macOf = (key: Buffer, use: Use, id: string): string =>
  macBy(key).update(`${uses[use]} ${id}`).digest("hex").slice(0, 16);
