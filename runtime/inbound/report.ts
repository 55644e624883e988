import { allParts, headerOf, readHeaders, type MailPart } from "./parts.ts";
import { verdictOf, type Verdict } from "./verdict.ts";

/** What a report says of one recipient. */
export interface ReportedRecipient {
  readonly address: string;
  readonly verdict: Verdict;
  readonly status: string;
  readonly diagnostic: string;
}

/** A report about a mail of ours: that it did not arrive, or that somebody complains. */
export type MailReport =
  | {
      readonly kind: "delivery";
      readonly recipients: readonly ReportedRecipient[];
      readonly original: Original;
    }
  | {
      readonly kind: "complaint";
      /** `abuse`, `opt-out`, `fraud`…; others, such as `auth-failure`, say nothing of a person's wish. */
      readonly feedback: string;
      readonly recipients: readonly string[];
      readonly original: Original;
    };

/** The mail that a report is about, as far as the report repeats it. */
export interface Original {
  readonly messageId: string;
  readonly subject: string;
  readonly to: readonly string[];
}

/** Feedback reports that say that somebody does not want this mail. */
export const unwanted: ReadonlySet<string> = new Set(["abuse", "opt-out", "opt-out-list", "fraud", "miscategorized"]);

/** So much of a report in words is read. */
const wordsMost = 50_000;

/** The report in a message; nothing where it is none. */
export function reportOf(message: MailPart): MailReport | undefined {
  return feedbackIn(message) ?? statusIn(message) ?? notifiedIn(message) ?? wordedIn(message);
}

/** RFC 5965, and what some providers send instead. */
function feedbackIn(message: MailPart): MailReport | undefined {
  const parts = allParts(message);
  const report = parts.find(({ type }) => type === "message/feedback-report");
  if (!report) return complaintIn(message, parts);
  const fields = readHeaders(report.text.trim());
  const original = originalIn(parts);
  const removed = fields.get("removal-recipient") ?? [];
  const named = [...(fields.get("original-rcpt-to") ?? []), ...removed].flatMap(addressesIn);
  return {
    kind: "complaint",
    feedback: (fields.get("feedback-type")?.[0] ?? "abuse").toLowerCase(),
    recipients: unique(named.length > 0 ? named : original.to),
    original,
  };
}

/** Complaints without a report: those of Outlook.com's programme, and mails to the address of `List-Unsubscribe`. */
function complaintIn(message: MailPart, parts: readonly MailPart[]): MailReport | undefined {
  const subject = headerOf(message, "subject").trim();
  const original = originalIn(parts);
  const [from = ""] = addressesIn(headerOf(message, "from"));
  if (/^unsubscribe$/i.test(subject)) return { kind: "complaint", feedback: "opt-out", recipients: [from], original };
  if (!/^staff@hotmail\.com$/.test(from) || !/^complaint about message/i.test(subject)) return undefined;
  const inner = parts.find(({ type }) => type === "message/rfc822")?.parts[0];
  const asked = inner ? addressesIn(headerOf(inner, "x-hmxmroriginalrecipient")) : [];
  return { kind: "complaint", feedback: "abuse", recipients: asked.length > 0 ? asked : original.to, original };
}

/** RFC 3464: a block for the message, then one for each recipient. */
function statusIn(message: MailPart): MailReport | undefined {
  const parts = allParts(message);
  const status = parts.find(
    ({ type }) => type === "message/delivery-status" || type === "message/global-delivery-status",
  );
  const broken = message.parameters["report-type"]?.toLowerCase() === "delivery-status" ? message.text : "";
  const stated = status?.text ?? (/^final-recipient:/im.test(broken) ? broken : undefined);
  if (stated === undefined) return undefined;
  const blocks = stated
    .trim()
    .split(/\n\s*\n/)
    .map(readHeaders);
  const original = originalIn(parts);
  const filter = isFilter(message);
  const words = parts.find(({ type }) => type === "text/plain")?.text ?? message.text;
  const recipients = blocks.flatMap((block) => {
    const final = addressesIn(block.get("final-recipient")?.[0] ?? "")[0];
    const asked = addressesIn(block.get("original-recipient")?.[0] ?? "")[0];
    const address = asked ?? final;
    if (address === undefined) return [];
    const code = /\d\.\d{1,3}\.\d{1,3}/.exec(block.get("status")?.[0] ?? "")?.[0] ?? "";
    const diagnostic = (block.get("diagnostic-code")?.[0] ?? "").replace(/^[\w-]+\s*;\s*/, "");
    const action = block.get("action")?.[0]?.toLowerCase();
    const verdict = verdictOf({ action, status: code, diagnostic, words, filter });
    return [{ address, verdict, status: code, diagnostic }];
  });
  return recipients.length > 0 ? { kind: "delivery", recipients, original } : undefined;
}

/** What Amazon SES tells by mail through its notification service: JSON, itself or as the text of another. */
function notifiedIn(message: MailPart): MailReport | undefined {
  if (!/@sns\.amazonaws\.com/i.test(headerOf(message, "from").trim())) return undefined;
  const outer = jsonIn(message.text);
  const told = typeof outer?.Message === "string" ? jsonIn(outer.Message) : outer;
  const mail = (told?.mail ?? {}) as {
    readonly destination?: readonly string[];
    readonly commonHeaders?: { readonly messageId?: string };
  };
  const original = { messageId: mail.commonHeaders?.messageId ?? "", subject: "", to: mail.destination ?? [] };
  if (told?.notificationType === "Delivery") {
    const recipients = original.to.map((it) => ({
      address: it,
      verdict: "delivered" as const,
      status: "",
      diagnostic: "",
    }));
    return { kind: "delivery", recipients, original };
  }
  const bounced =
    (told?.bounce as { bouncedRecipients?: readonly Readonly<Record<string, string>>[] })?.bouncedRecipients ?? [];
  const recipients = bounced.map(({ emailAddress = "", action, status = "", diagnosticCode = "" }) => {
    const diagnostic = diagnosticCode.replace(/^[\w-]+\s*;\s*/, "");
    return {
      address: emailAddress.toLowerCase(),
      verdict: verdictOf({ action, status, diagnostic }),
      status,
      diagnostic,
    };
  });
  return recipients.length > 0 ? { kind: "delivery", recipients, original } : undefined;
}

/** An object in a text, between words; sendmail breaks lines that are too long behind an exclamation mark. */
function jsonIn(text: string): Readonly<Record<string, unknown>> | undefined {
  const whole = text.replaceAll(/!\n ?/g, "");
  try {
    const read: unknown = JSON.parse(whole.slice(whole.indexOf("{"), whole.lastIndexOf("}") + 1));
    return typeof read === "object" && read !== null ? (read as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

/** Reports in words alone, as older servers write them. */
function wordedIn(message: MailPart): MailReport | undefined {
  if (!isFromPostmaster(message)) return undefined;
  const parts = allParts(message);
  const text = parts
    .filter(({ type }) => type === "text/plain" || type === "text/html")
    .map(({ text }) => text)
    .join("\n")
    .slice(0, wordsMost);
  const { words, repeated } = splitOriginal(text);
  const original = originalIn(parts, repeated);
  const filter = isFilter(message);
  const addresses = failedIn(message, words, original);
  const recipients = addresses.map((address) => {
    const diagnostic = aboutOne(words, address, addresses).replaceAll(/\s+/g, " ").trim().slice(0, 2000);
    const status = /(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])/.exec(diagnostic)?.[0] ?? "";
    return { address, verdict: verdictOf({ status, diagnostic, words, filter }), status, diagnostic };
  });
  return recipients.length > 0 ? { kind: "delivery", recipients: recipients.slice(0, 20), original } : undefined;
}

/**
 * Whether a filter in front of the mailbox writes: Active! hunter, MailFoundry, and Amazon SES where it receives, whose
 * reports are what a rule of the owner's says.
 */
function isFilter(message: MailPart): boolean {
  const ses = message.headers.has("x-ses-outgoing") && /postmaster@/i.test(headerOf(message, "from"));
  return ses || message.headers.has("x-ahmailid") || /mailfoundry/i.test(message.headers.get("received")?.join() ?? "");
}

/** Whom a report in words is about: whom its headers name, then lines that begin with an address, then any address. */
function failedIn(message: MailPart, words: string, { to }: Original): readonly string[] {
  const own = new Set([...addressesIn(headerOf(message, "to")), ...addressesIn(headerOf(message, "from"))]);
  const others = (them: readonly string[]) => unique(them).filter((it) => !own.has(it));
  const headers = (message.headers.get("x-failed-recipients") ?? []).flatMap(addressesIn);
  const lines = words.split("\n").filter((line) => /^\s*(?:to:?\s*)?<?[^\s<>@]+@[^\s<>]+>?[,:;.]*(?:\s|$)/i.test(line));
  const found = [
    unique(headers),
    others(lines.flatMap((it) => addressesIn(it).slice(0, 1))),
    others(addressesIn(words)),
    others(to),
  ];
  return found.find((them) => them.length > 0) ?? unique([...addressesIn(words), ...to]).slice(0, 1);
}

/** What is said of one address: from it to the next one, or all where it is the only one. */
function aboutOne(words: string, address: string, all: readonly string[]): string {
  const small = words.toLowerCase();
  const from = small.indexOf(address);
  const next = all.map((it) => (it === address ? -1 : small.indexOf(it, from))).filter((at) => at > from);
  return from < 0 ? words : words.slice(from, Math.min(...next, words.length));
}

const senders = /mailer-daemon|postmaster|mail delivery|mail administrator|delivery (?:subsystem|system)|^<>$/i;
const subjects =
  /undeliver|returned mail|delivery (?:status|failure|notification|has failed|report|problem)|failure notice|mail (?:delivery|failure|could not|error)|nondeliverable|returning message|could not be delivered|not delivered|配信|送信できません/i;

function isFromPostmaster(message: MailPart): boolean {
  const from = headerOf(message, "from");
  const text =
    allParts(message)
      .find(({ type }) => type === "text/plain")
      ?.text.slice(0, 500) ?? "";
  if (/^you .* are not member/i.test(headerOf(message, "subject"))) return true;
  if (/no-?reply@/i.test(from) && /could not be delivered to/i.test(text)) return true;
  return (
    senders.test(from) ||
    (/^<>$|^$/.test(headerOf(message, "return-path")) && subjects.test(headerOf(message, "subject")))
  );
}

/** Where a report repeats the mail inside its own text. */
function splitOriginal(text: string): { readonly words: string; readonly repeated: string } {
  const line =
    /^[ \t>-]{0,80}(?:-{2,80}.{0,200}(?:original|copy|message|header|returned).*|(?:received|return-path|message-id): .*)$/im;
  const at = line.exec(text)?.index ?? text.length;
  return { words: text.slice(0, at), repeated: text.slice(at) };
}

function originalIn(parts: readonly MailPart[], repeated = ""): Original {
  const kept = parts.find(({ type }) => type === "message/rfc822" || type === "text/rfc822-headers");
  const inner = kept?.parts[0];
  const headers = inner?.headers ?? readHeaders((kept?.text ?? repeated).trim());
  const one = (name: string) => headers.get(name)?.[0] ?? "";
  return {
    messageId: /<[^<>\s]+>/.exec(one("message-id"))?.[0] ?? "",
    subject: one("subject"),
    to: unique((headers.get("to") ?? []).flatMap(addressesIn)),
  };
}

/** The mail addresses in a text, in small letters. */
export function addressesIn(text: string): readonly string[] {
  return [...text.matchAll(/[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[a-z\d](?:[a-z\d.-]{0,250}[a-z\d])?/gi)].map(([it]) =>
    it.toLowerCase(),
  );
}

const unique = (them: readonly string[]) => [...new Set(them)];
