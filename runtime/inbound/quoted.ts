/** A text without what it repeats of mails before it. What was quoted is kept elsewhere: the mail itself stays whole. */
export interface Unquoted {
  readonly text: string;
  /** Whether something was left out. */
  readonly quoted: boolean;
}

/** Lines behind which only a former mail stands, as mail programs write them. */
const separators: readonly RegExp[] = [
  /^\s*-{2,}\s*(?:original message|forwarded message|ursprüngliche nachricht|message d'origine|元のメッセージ|原始郵件|原始邮件|pesan asli)\s*-{2,}/i,
  /^\s*_{20,}\s*$/,
  /^\s*(?:on|am|le|el|il|op|pada)\s.{6,200}(?:wrote|schrieb|a écrit|escribió|ha scritto|schreef|menulis)\s*:\s*$/i,
  /^\s*.{0,200}<[^<>\s]+@[^<>\s]+>.{0,80}(?:wrote|schrieb|のメール|さんは書きました|書きました|寫道|写道|menulis)\s*[:：]?\s*$/i,
  /^\s*\d{4}[年/.-]\d{1,2}[月/.-]\d{1,2}日?.{0,160}(?:wrote|書きました|寫道|写道|[:：])\s*$/i,
];

/** The first lines of a former mail's headers, as Outlook repeats them. */
const headerLines = /^\s*\*?(?:from|von|de|差出人|寄件者|发件人|dari)\s*[:：]\*?\s*\S/i;
const headerNext = /^\s*\*?(?:sent|date|gesendet|envoyé|送信日時|日付|傳送|日期|to|an|宛先|terkirim|tanggal)\s*[:：]/i;

const signature = /^-- ?$/;

/** Cuts what a mail quotes from its text. A mail that would be nothing but quotes stays as it is. */
export function withoutQuotes(text: string): Unquoted {
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  const cut = lines.findIndex((line, at) => beginsQuote(lines, line, at));
  const kept = lines.slice(0, cut < 0 ? undefined : cut).filter((line) => !/^\s*>/.test(line));
  const signed = kept.findIndex((line) => signature.test(line));
  const own = (signed > 0 ? kept.slice(0, signed) : kept).join("\n").trim();
  if (own === "") return { text: text.trim(), quoted: false };
  return { text: own, quoted: own !== text.replaceAll("\r\n", "\n").trim() };
}

function beginsQuote(lines: readonly string[], line: string, at: number): boolean {
  const joined = `${line} ${lines[at + 1] ?? ""}`;
  if (separators.some((it) => it.test(line))) return true;
  if (/^\s*(?:on|am|le)\s/i.test(line) && separators[2]!.test(joined)) return true;
  return headerLines.test(line) && lines.slice(at + 1, at + 4).some((it) => headerNext.test(it));
}

/** Whether a mail hands on a former one rather than answering it: by its subject, or because the former stands at its top. */
export function isForward(subject: string, text: string): boolean {
  if (/^\s*(?:\[[^\]]*\]\s*)?(?:fwd?|wg|tr|rv|enc|i|vs|転送|轉寄|转发|trs)\s*[:：]/i.test(subject)) return true;
  const [first = ""] = text.trimStart().split("\n");
  return /^\s*-{2,}\s*(?:forwarded message|weitergeleitete nachricht|転送メッセージ|轉寄郵件|pesan terusan)/i.test(
    first,
  );
}
