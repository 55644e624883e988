import type { ReadMail } from "./read-mail.ts";
import { isForward } from "./quoted.ts";

/** A mail that is kept, as far as it tells where another one belongs. */
export interface KnownMail {
  readonly id: string;
  readonly messageId: string;
  /** The record that it belongs to; nothing where it belongs to none of the mailbox. */
  readonly record: string | undefined;
  readonly from: string;
  /** Whom it was addressed to, copies included. */
  readonly to: readonly string[];
  /** It went to many at once: answers to it have nothing to do with each other. */
  readonly broadcast: boolean;
}

/** What is known about a mail when it is asked where it belongs. */
export interface ThreadScene {
  readonly mail: Pick<ReadMail, "from" | "subject" | "text" | "inReplyTo" | "references">;
  /** The record that a signed reply address of the mailbox names. */
  readonly addressed: string | undefined;
  /** An address of that form was there, and is not as it was signed, or too old. */
  readonly forged: boolean;
  /** Mails by whose ids it answers, as they are kept. */
  readonly parents: readonly KnownMail[];
  /** Mails that name one of the ids which it names. */
  readonly mentioning: readonly (KnownMail & { readonly mentions: readonly string[] })[];
  /** The record that a code in the subject names, and the code. */
  readonly coded: { readonly record: string; readonly code: string } | undefined;
  /** The last record of the same sender with the same subject, where such are to be suggested. */
  readonly alike: string | undefined;
  /** The addresses of those who take part in a record, by the record. */
  readonly participants: ReadonlyMap<string, ReadonlySet<string>>;
  /** Whether an address is one of our own people's. */
  readonly isStaff: boolean;
}

/** Why a mail joins a record (service.md 3), or which one it might belong to. */
export interface Thread {
  readonly record: string | undefined;
  /** 1 reply address, 2 answered mail, 3 mail named by another, 4 code in the subject, 5 same subject. */
  readonly rule: 1 | 2 | 3 | 4 | 5 | undefined;
  readonly evidence: Readonly<Record<string, string>>;
  /** A record that a rule leads to, and why it was not joined. */
  readonly possible: string | undefined;
}

/** Providers at whose domains strangers have addresses: two of them are no colleagues. */
const publicDomains = new Set(
  (
    "gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com yahoo.co.jp yahoo.com.tw icloud.com me.com mac.com " +
    "aol.com gmx.de gmx.net web.de t-online.de mail.ru yandex.ru qq.com 163.com 126.com sina.com docomo.ne.jp ezweb.ne.jp " +
    "au.com softbank.ne.jp i.softbank.jp hinet.net pchome.com.tw proton.me protonmail.com orange.fr free.fr libero.it naver.com"
  ).split(" "),
);

const domainOf = (address: string) => address.split("@").at(-1) ?? "";

/** Where a mail belongs: the first rule that leads to a record whose sender condition holds. */
export function resolveThread(scene: ThreadScene): Thread {
  const { mail, addressed, forged, coded, alike } = scene;
  const none = (possible: string | undefined, evidence: Thread["evidence"]): Thread => ({
    ...{ record: undefined, rule: undefined, possible, evidence },
  });
  if (addressed !== undefined) return joined(addressed, 1, { address: "signed" });
  const tampered: Record<string, string> = forged ? { address: "not as it was signed" } : {};
  // Who hands a mail on begins something new, whatever the mail answered.
  if (isForward(mail.subject, mail.text)) return none(undefined, { ...tampered, forward: mail.subject });
  let refused: Thread | undefined;
  for (const found of hits(scene)) {
    const trusted = senderFits(scene, found);
    if (trusted !== undefined)
      return joined(found.record, found.rule, { ...tampered, ...found.evidence, sender: trusted });
    refused ??= none(found.record, { ...tampered, ...found.evidence, rule: String(found.rule), sender: "stranger" });
  }
  if (coded && !refused) return none(coded.record, { ...tampered, code: coded.code, sender: "stranger" });
  return refused ?? none(alike, { ...tampered, ...(alike ? { rule: "5" } : {}) });
}

const joined = (record: string, rule: Thread["rule"], evidence: Thread["evidence"]): Thread => ({
  ...{ record, rule, evidence, possible: undefined },
});

interface Hit {
  readonly record: string;
  readonly rule: 2 | 3 | 4;
  readonly evidence: Thread["evidence"];
  /** Whom the mail that it answers was addressed to. */
  readonly addressed: readonly string[];
}

/** What rules 2 to 4 lead to, in their order. */
function hits({ mail, parents, mentioning, coded }: ThreadScene): readonly Hit[] {
  const named = [mail.inReplyTo, ...mail.references.toReversed()].filter((id) => id !== "");
  const answered = named.flatMap((id) => {
    const them = parents.filter((it) => it.messageId === id && it.record !== undefined && !it.broadcast);
    const header = id === mail.inReplyTo ? "in-reply-to" : "references";
    return them.map((it): Hit => {
      return { record: it.record!, rule: 2, evidence: { [header]: id, mail: it.id }, addressed: it.to };
    });
  });
  // Everybody's answer to what went to many names it: that joins nobody with anybody.
  const sent = new Set(parents.filter(({ broadcast }) => broadcast).map(({ messageId }) => messageId));
  const shared = mentioning.flatMap((it): Hit[] => {
    const id = it.mentions.find((id) => named.includes(id) && !sent.has(id));
    if (id === undefined || it.record === undefined || it.broadcast) return [];
    return [{ record: it.record, rule: 3, evidence: { references: id, mail: it.id }, addressed: [] }];
  });
  const worded: readonly Hit[] = coded
    ? [{ record: coded.record, rule: 4, evidence: { code: coded.code }, addressed: [] }]
    : [];
  return [...answered, ...shared, ...worded];
}

/** Why the sender may join a record: she takes part, is a colleague of somebody who does, was written to, or is ours. */
function senderFits(
  { mail, participants, isStaff }: ThreadScene,
  { record, rule, addressed }: Hit,
): string | undefined {
  const { address } = mail.from;
  const known = participants.get(record) ?? new Set();
  if (known.has(address)) return "participant";
  if (isStaff) return "staff";
  const domain = domainOf(address);
  if (!publicDomains.has(domain) && [...known].some((it) => domainOf(it) === domain)) return "same domain";
  if (rule === 2 && addressed.includes(address)) return "addressed";
  return undefined;
}

/** A subject as two mails of one conversation have it alike: without answers' marks and codes, in one form of writing. */
export function normalSubject(subject: string): string {
  let text = subject.normalize("NFKC").replaceAll(codeIn, " ").replaceAll(/\s+/g, " ").trim().toLowerCase();
  for (let before = ""; before !== text;) {
    before = text;
    text = text.replace(
      /^(?:re|aw|sv|antw|vs|ref|rif|odp|fwd?|wg|tr|rv|返信|回复|回覆|答复|転送|转发|轉寄|balas|bls|trs)(?:\[\d+\])?\s*:\s*/,
      "",
    );
  }
  return text;
}

/** A code in a subject, `[#K7QX2MPA-4F]`. */
export const codeIn = /\[#([0-9A-HJKMNP-TV-Z]{8}-[0-9A-HJKMNP-TV-Z]{2})\]/gi;
