/**
 * What a report says of a recipient, by what follows from it: an address that is not there (`hard`), a domain that takes
 * no mail (`host`), somebody who cannot take it now or not this sender's (`soft`), a door closed to the sender
 * (`policy`), a message that is refused for what it holds (`content`), one that arrived, or is still on its way.
 */
export type Verdict = "hard" | "host" | "soft" | "policy" | "content" | "delivered" | "delayed";

/** What is said of one recipient by a delivery report (RFC 3464), as far as it is said. */
export interface Told {
  readonly action?: string | undefined;
  /** Enhanced code (RFC 3463). */
  readonly status?: string | undefined;
  /** The answer of the other server, or what the report says instead. */
  readonly diagnostic: string;
  /** The words around it, for people. */
  readonly words?: string;
  /** The report comes from a filter in front of the mailbox rather than from the mailbox. */
  readonly filter?: boolean;
}

/** What is done for a verdict. */
export interface Consequence {
  /** The address is suppressed at once, or after so many such reports within so many days. */
  readonly suppress: "now" | { readonly times: number; readonly days: number } | "never";
  /** Nothing more is sent to the domain for a while. */
  readonly pauseDomain: boolean;
}

/** The policy by verdict (marketing.md I6): what is the sender's own fault is no reason to drop a person. */
export const consequences: Readonly<Record<Verdict, Consequence>> = {
  hard: { suppress: "now", pauseDomain: false },
  host: { suppress: { times: 2, days: 7 }, pauseDomain: false },
  soft: { suppress: { times: 5, days: 30 }, pauseDomain: false },
  policy: { suppress: "never", pauseDomain: true },
  content: { suppress: "never", pauseDomain: false },
  delivered: { suppress: "never", pauseDomain: false },
  delayed: { suppress: "never", pauseDomain: false },
};

/** What servers say, the more particular before the more general. What stands here outweighs their codes. */
const said: readonly (readonly [Verdict, RegExp])[] = [
  ["hard", /recipient address rejected: access denied/i],
  ["host", /account or domain may not exist/i],
  ["soft", /host not found, try again/i],
  [
    "content",
    /virus|malware|infected|duplicate header|message size exceeds|message (?:is )?too (?:large|big)|mcspamsignature/i,
  ],
  [
    "soft",
    /procmail|aup#in-1310|account is disabled|not enough disk space|mail ?box is (?:currently )?full|mailbox full|mailbox size|over (?:the )?(?:disk )?quota|quota exceeded|exceeded (?:its |the )?(?:storage|quota)|insufficient (?:disk )?(?:storage|space)|mail ?folder is full/i,
  ],
  ["policy", /\bdkim\b|\bspf\b|dmarc|sender.{0,20}authentica|unauthenticated/i],
  [
    "policy",
    /reverse dns|reverse hostname|\bptr\b|no reverse|host name lookup|fix your dns|cannot resolve your|reverse lookup/i,
  ],
  ["policy", /rbl\b|dnsbl|blacklist|blocklist|block list|black list|spamhaus|spamcop|reputation/i],
  ["policy", /\bspam\b|unsolicited|bulk (?:e-?)?mail|classified as spam|spam content|looks like spam/i],
  [
    "policy",
    /access denied|denied by policy|policy reasons|security polic|permission to post|not (?:a )?member|relaying|mail relay|sender (?:address )?rejected|rejected sender|^\d{3} rejected|local policy/i,
  ],
  [
    "policy",
    /not accepting connections|mail rejected\b|not a registered|after (?:initial connection|mail from)|in reply to mail from|unverif[iy]able sending|domain is invalid|groups\.google|^\S*@googlegroups\.com/i,
  ],
  [
    "hard",
    /user (?:is )?unknown|unknown user|no such (?:user|mailbox|recipient|address)|user (?:does not|doesn't) exist|user not (?:found|listed|known)|doesn't have an? \S+ account|invalid recipient|recipient name is not recogni[sz]ed|not listed in|invalid final delivery|unknown recipient|mailbox unavailable|mailbox (?:does not|doesn't) exist|no valid recipients for|does not like recipient|no mailbox here|address does not exist|account (?:does not|doesn't) exist/i,
  ],
  [
    "host",
    /\b5\d\d [\w-]+(?:\.[\w-]+)+ does not exist|host unknown|unknown host|domain (?:does not|doesn't) exist|domain (?:name )?not found|domain is not reachable|no mx record|no mx found|has no mx|mx (?:record )?not found|no mx found|unrouteable address|unroutable address|dns lookup failure|host or domain name not found|name or service not known|nxdomain|null ?mx|does not accept mail|host .{0,80}not found/i,
  ],
];

/** What follows from what is said of one recipient. */
export function verdictOf({ action = "", status = "", diagnostic, words = "", filter = false }: Told): Verdict {
  if (/^(?:delivered|relayed|expanded)$/i.test(action)) return "delivered";
  if (/^delayed$/i.test(action)) return "delayed";
  const found =
    spoken(diagnostic) ??
    byCode(enhancedIn(status, diagnostic)) ??
    passing(diagnostic) ??
    spoken(words) ??
    bySmtp(diagnostic);
  return found === "hard" && (filter || doubtful(status, diagnostic, words)) ? "soft" : (found ?? "soft");
}

/**
 * Whether somebody is said to be unknown by one who knows her: who takes an address and refuses the message then, or who
 * says by the code that the mailbox is closed or the sender not welcome. That is a filter of hers.
 */
function doubtful(status: string, diagnostic: string, words: string): boolean {
  if (/account is disabled|not enough disk space/i.test(words)) return true;
  // KDDI's answer for whom its users keep out; "550 <address>: User unknown" is the one for nobody.
  if (/550 : user unknown/i.test(diagnostic)) return true;
  if (!/unknown|no such|does not exist/i.test(diagnostic)) return false;
  const all = `${words} ${diagnostic}`;
  if (/\b5\.(?:2\.1|7\.1)\b/.test(diagnostic) && !/rcpt/i.test(diagnostic)) return true;
  if (/5\.1\.1\b|delivery error|rcpt/i.test(`${status} ${diagnostic}`)) return false;
  return /(?:in reply to|response to|after) (?:the )?(?:end of )?data\b|>>> data\s+<<< 550/i.test(all);
}

const spoken = (text: string) => said.find(([, pattern]) => pattern.test(text))?.[0];
const passing = (text: string): Verdict | undefined => (/^4\d\d[ -]/.test(text) ? "soft" : undefined);

/** The enhanced code that says more: servers repeat 5.0.0 where the answer itself names one. */
function enhancedIn(status: string, diagnostic: string): string {
  const answered = [...diagnostic.matchAll(/(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])/g)].at(-1)?.[0];
  return answered ?? status;
}

function byCode(code: string): Verdict | undefined {
  const [, kind, subject, detail] = /^([245])\.(\d{1,3})\.(\d{1,3})$/.exec(code.trim()) ?? [];
  if (kind === undefined || (subject === "0" && detail === "0")) return undefined;
  if (kind === "2") return "delivered";
  const two = `${subject}.${detail}`;
  if (["1.7", "1.8"].includes(two) || subject === "7") return "policy";
  if (kind === "4") return "soft";
  if (["1.2", "1.10", "4.4", "3.2"].includes(two)) return "host";
  if (["2.3", "3.4"].includes(two) || subject === "6") return "content";
  if (two === "4.1" || subject === "1") return "hard";
  return ["2", "3", "4"].includes(subject!) ? "soft" : undefined;
}

function bySmtp(diagnostic: string): Verdict | undefined {
  const code = /(?<![\d.])([45]\d\d)(?=[ -])/.exec(diagnostic)?.[1];
  return code !== undefined &&
    ["550", "551", "553"].includes(code) &&
    /rcpt to|recipient address rejected/i.test(diagnostic)
    ? "hard"
    : undefined;
}
