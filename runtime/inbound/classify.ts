import { headerOf, type MailPart } from "./parts.ts";
import { reportOf, type MailReport } from "./report.ts";

/** What a message is, in the order in which it is asked (marketing.md I6). */
export type MailClass =
  | { readonly kind: "report"; readonly report: MailReport }
  /** Nobody wrote it (RFC 3834): an absence note, a receipt. */
  | { readonly kind: "auto" }
  | { readonly kind: "list" }
  /** One of our own, come back. */
  | { readonly kind: "own" }
  | { readonly kind: "genuine" };

/** What a message is. `isOurs` knows the ids of mails that we have sent. */
export function classify(message: MailPart, isOurs: (messageId: string) => boolean): MailClass {
  const report = reportOf(message);
  if (report) return { kind: "report", report };
  if (isOurs(headerOf(message, "message-id"))) return { kind: "own" };
  if (isAutomatic(message)) return { kind: "auto" };
  if (isFromList(message)) return { kind: "list" };
  return { kind: "genuine" };
}

const autoHeaders = ["x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply", "x-mailer-autoreply"];
const autoSubjects =
  /^\s*(?:(?:re|aw|sv):\s*)?(?:auto(?:matic)?[ -]?(?:reply|response|replied)|automatische antwort|out of (?:the )?office|abwesenheit|réponse automatique|vacation(?: reply)?\b|自動返信|自动回复|自動回覆|balasan otomatis|不在(?:通知|連絡|の))/i;

/**
 * Whether nobody wrote it. `X-Auto-Response-Suppress` asks not to be answered and proves nothing of the kind, since people's
 * own mail programs set it, too.
 */
export function isAutomatic(message: MailPart): boolean {
  const auto = headerOf(message, "auto-submitted").split(";")[0]!.trim().toLowerCase();
  if (auto !== "" && auto !== "no") return true;
  if (autoHeaders.some((name) => /^(?!no$|$)/i.test(headerOf(message, name)))) return true;
  if (/^auto[_-]?reply/i.test(headerOf(message, "precedence"))) return true;
  return autoSubjects.test(decodedSubject(message));
}

/** Whether it was sent to many at once. */
export function isFromList(message: MailPart): boolean {
  if (["list-id", "list-post", "mailing-list"].some((name) => message.headers.has(name))) return true;
  return (
    message.headers.has("list-unsubscribe") || /^(?:bulk|list|junk)\b/i.test(headerOf(message, "precedence").trim())
  );
}

/** Whether an answer by itself may go to it (service.md 3): never to machines, lists, or who has said not to. */
export function mayBeAnswered(message: MailPart, { kind }: MailClass): boolean {
  if (kind !== "genuine") return false;
  if (message.headers.has("return-path") && /^<?\s*>?$/.test(headerOf(message, "return-path").trim())) return false;
  if (/\b(?:all|oof|autoreply)\b/i.test(headerOf(message, "x-auto-response-suppress"))) return false;
  return !/(?:^|[<\s])(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?)(?:[+@])/i.test(
    headerOf(message, "from"),
  );
}

/** Encoded words (RFC 2047) read as far as telling an absence note needs. */
function decodedSubject(message: MailPart): string {
  return headerOf(message, "subject").replaceAll(
    /=\?([\w-]+)\?([bq])\?([^?]*)\?=\s*/gi,
    (whole, charset: string, way: string, text: string) => {
      try {
        const bytes =
          way.toLowerCase() === "b"
            ? Buffer.from(text, "base64")
            : Buffer.from(
                text
                  .replaceAll("_", " ")
                  .replaceAll(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
                "latin1",
              );
        return new TextDecoder(charset).decode(bytes);
      } catch {
        return whole;
      }
    },
  );
}
