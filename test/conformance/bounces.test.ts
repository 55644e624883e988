import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { classify } from "../../runtime/inbound/classify.ts";
import { partsOf } from "../../runtime/inbound/parts.ts";
import { unwanted } from "../../runtime/inbound/report.ts";
import { dataFolder, withoutData } from "../data.ts";

/** What follows for us from each reason that the maintainers of the collection tell apart. */
const meaning: Readonly<Record<string, string>> = {
  ...each("hard", "userunknown", "hasmoved"),
  ...each("host", "hostunknown", "notaccept"),
  ...each("soft", "mailboxfull", "expired", "suspend", "filtered", "networkerror", "systemerror", "systemfull"),
  ...each("soft", "toomanyconn", "mailererror", "onhold", "undefined", "syntaxerror"),
  ...each("policy", "blocked", "rejected", "spamdetected", "authfailure", "requireptr", "policyviolation"),
  ...each("policy", "securityerror", "badreputation", "norelaying", "notcompliantrfc"),
  ...each("content", "contenterror", "virusdetected", "mesgtoobig", "exceedlimit"),
  ...each("delivered", "delivered"),
  ...each("auto", "vacation"),
};

function each(verdict: string, ...reasons: readonly string[]) {
  return Object.fromEntries(reasons.map((reason) => [reason, verdict]));
}

interface Expected {
  readonly reason: string;
  readonly hardbounce: boolean;
  readonly feedbacktype?: string;
}

/** What we say of a mail, each verdict once. A report that it is late is expected among what has expired. */
function verdictsOf(raw: Uint8Array): readonly string[] {
  const found = classify(partsOf(raw), () => false);
  if (found.kind !== "report") return [found.kind];
  if (found.report.kind === "complaint") return [`complaint ${found.report.feedback}`];
  return sorted(found.report.recipients.map(({ verdict }) => (verdict === "delayed" ? "soft" : verdict)));
}

const expectedOf = (them: readonly Expected[]) =>
  sorted(
    them.map(({ reason, feedbacktype }) => (reason === "feedback" ? `complaint ${feedbacktype}` : meaning[reason]!)),
  );

const sorted = (them: readonly string[]) => [...new Set(them)].sort();

/** Mails whose verdict is another one than expected, and why it stays so. */
const others: Readonly<Record<string, string>> = {
  "lhost-opensmtpd-12.eml": "it is late and will be tried again: nothing is final before the second report",
  "lhost-postfix-07.eml": "says User unknown, and not that the address was taken before",
  "lhost-postfix-50.eml": "is about an address that hands on reports, and holds the report itself as a quote",
  "lhost-sendmail-21.eml": "says that nobody answered there for eight hours",
  "lhost-x1-01.eml": "says User unknown and nothing else",
  "lhost-x2-01.eml": "says that there is no such account and nothing else",
  "rfc3464-35.eml": "one of its three recipients is unknown by the server's word",
  "rhost-nttdocomo-02.eml": "the same answer is a filter of hers in five others of this server",
};

describe.skipIf(dataFolder === undefined)(
  `reports, complaints and answers by themselves${dataFolder === undefined ? `: ${withoutData}` : ""}`,
  () => {
    const folder = join(dataFolder ?? "", "bounces");
    const mail = (...path: readonly string[]) => readFileSync(join(folder, ...path));
    const expected = () =>
      Object.entries(
        (JSON.parse(mail("reference.json").toString()) as { expected: Record<string, Expected[] | null> }).expected,
      ).flatMap(([file, them]) => (them ? [{ file, wanted: expectedOf(them), them }] : []));

    test("at least 97 % of the mails with an expected verdict get it, and the rest is known by name", () => {
      const all = expected().map((it) => ({ ...it, said: verdictsOf(mail("eml", it.file)) }));
      const missed = all.filter(({ said, wanted }) => said.join() !== wanted.join());
      expect(missed.map(({ file }) => file)).toEqual(Object.keys(others));
      expect(1 - missed.length / all.length).toBeGreaterThanOrEqual(0.97);
      // Nobody is suppressed at once whom the collection calls no hard bounce, but for those two who name an unknown user.
      const wronged = all.filter(
        ({ said, them }) => (said.includes("hard") || said.includes("host")) && !them.some((it) => it.hardbounce),
      );
      expect(wronged.map(({ file }) => file)).toEqual([
        "lhost-postfix-07.eml",
        "lhost-x1-01.eml",
        "lhost-x2-01.eml",
        "rfc3464-35.eml",
      ]);
    });

    test("lines may end in either way", () => {
      const both = readdirSync(join(folder, "newline-dos")).filter((file) =>
        readdirSync(join(folder, "eml")).includes(file),
      );
      expect(both.length).toBeGreaterThan(20);
      for (const file of both)
        expect([file, verdictsOf(mail("newline-dos", file))]).toEqual([file, verdictsOf(mail("eml", file))]);
    });

    test("what is no bounce is not taken for one", () => {
      const said = readdirSync(join(folder, "not-a-bounce")).map((file) => [
        file,
        verdictsOf(mail("not-a-bounce", file)),
      ]);
      for (const [, verdicts] of said) {
        expect(verdicts).not.toContain("hard");
        expect(verdicts).not.toContain("host");
      }
    });

    test("a complaint says what is not wanted", () => {
      expect(unwanted.has("abuse")).toBe(true);
      expect(unwanted.has("auth-failure")).toBe(false);
    });
  },
);
