import { createHmac, timingSafeEqual } from "node:crypto";
import { chance } from "../chance.ts";
import { codeIn } from "./thread.ts";

/** Letters and digits that nobody mixes up (Crockford's), in an order that the bits have. */
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
const dayMs = 86_400_000;
/** So long an answer finds its record by its address. */
const validDays = 730;
const macBytes = 10;

/** What a token is bound to: the key of this installation, and the mailbox by its anchor. */
export interface TokenKey {
  readonly secret: Buffer;
  readonly mailbox: string;
}

/** The address by which answers to a record come back: `support+<record, day of expiry, signature>@`. */
export function replyAddress(key: TokenKey, address: string, record: string, now: Date): string {
  const [name = "", domain = ""] = address.split("@");
  const said = Buffer.alloc(18);
  Buffer.from(record.replaceAll("-", ""), "hex").copy(said);
  said.writeUInt16BE(Math.floor(now.getTime() / dayMs) + validDays, 16);
  return `${name}+${encode(Buffer.concat([said, macOf(key, said)]))}@${domain}`;
}

/** What an address of a mailbox says. */
export type ReadAddress =
  | { readonly is: "plain" }
  | { readonly is: "signed"; readonly record: string }
  /** It has the form of one that we have signed, and is none, or too old. */
  | { readonly is: "forged" }
  | { readonly is: "foreign" };

/** Reads an address to which a mail was sent. */
export function readAddress(key: TokenKey, mailbox: string, address: string, now: Date): ReadAddress {
  const [name = "", domain = ""] = mailbox.split("@");
  const [local = "", at = ""] = address.toLowerCase().split("@");
  if (at !== domain) return { is: "foreign" };
  const [base = "", token] = local.split("+");
  if (base !== name) return { is: "foreign" };
  if (token === undefined) return { is: "plain" };
  const bytes = decode(token);
  // The last sign has a bit to spare, which nobody signed: an address is written in one way only.
  if (bytes?.length !== 18 + macBytes || encode(bytes) !== token) return { is: "forged" };
  const said = bytes.subarray(0, 18);
  if (!timingSafeEqual(macOf(key, said), bytes.subarray(18))) return { is: "forged" };
  if (said.readUInt16BE(16) * dayMs < now.getTime()) return { is: "forged" };
  const hex = said.toString("hex", 0, 16);
  return { is: "signed", record: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5") };
}

function macOf({ secret, mailbox }: TokenKey, said: Buffer): Buffer {
  return createHmac("sha256", secret).update(`reply ${mailbox} `).update(said).digest().subarray(0, macBytes);
}

/** A new code for a record's subjects, with signs by which a mistyped or invented one is known. */
export function newCode(secret: Buffer): string {
  const code = encode(Buffer.from(chance(5))).toUpperCase();
  return `${code}-${checkOf(secret, code)}`;
}

/** The code in a subject, where its check signs are right. */
export function readCode(secret: Buffer, subject: string): string | undefined {
  const found = [...subject.matchAll(codeIn)].map(([, code = ""]) => code.toUpperCase());
  return found.find((it) => {
    const [code = "", check] = it.split("-");
    return checkOf(secret, code) === check;
  });
}

function checkOf(secret: Buffer, code: string): string {
  return encode(createHmac("sha256", secret).update(`code ${code}`).digest().subarray(0, 5))
    .slice(0, 2)
    .toUpperCase();
}

/** Bytes as letters and digits, five bits each. */
function encode(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const groups = bits.match(/.{1,5}/g) ?? [];
  return groups.map((it) => alphabet[Number.parseInt(it.padEnd(5, "0"), 2)]).join("");
}

function decode(text: string): Buffer | undefined {
  const digits = [...text].map((sign) => alphabet.indexOf(sign));
  if (digits.includes(-1) || digits.length > 100) return undefined;
  const bits = digits.map((digit) => digit.toString(2).padStart(5, "0")).join("");
  const bytes = bits.slice(0, bits.length - (bits.length % 8)).match(/.{8}/g) ?? [];
  return Buffer.from(bytes.map((it) => Number.parseInt(it, 2)));
}
