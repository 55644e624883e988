import { describe, expect, test } from "vitest";
import { classify, mayBeAnswered } from "./classify.ts";
import { cleanHtml, textOfHtml } from "./clean-html.ts";
import { partsOf } from "./parts.ts";
import { isForward, withoutQuotes } from "./quoted.ts";
import { readMail } from "./read-mail.ts";
import { consequences, verdictOf } from "./verdict.ts";

const mail = (headers: Readonly<Record<string, string>>, body = "Hello") =>
  Buffer.from(
    [
      ...Object.entries({ From: "Hana <hana@aoba.example>", ...headers }).map(([name, it]) => `${name}: ${it}`),
      "",
      body,
    ].join("\r\n"),
  );
const nobody = () => false;
const kindOf = (headers: Readonly<Record<string, string>>, body?: string) =>
  classify(partsOf(mail(headers, body)), nobody).kind;
const answered = (headers: Readonly<Record<string, string>>) => {
  const parts = partsOf(mail(headers));
  return mayBeAnswered(parts, classify(parts, nobody));
};

describe("what a mail is", () => {
  test.each([
    [{ Subject: "Laser stops" }, "genuine"],
    [{ Subject: "Laser stops", "Auto-Submitted": "no" }, "genuine"],
    [{ Subject: "Away", "Auto-Submitted": "auto-replied (vacation)" }, "auto"],
    [{ Subject: "Out of office: until Monday" }, "auto"],
    [{ Subject: "=?UTF-8?B?6Ieq5YuV6L+U5L+hIOS4jeWcqA==?=" }, "auto"],
    [{ Subject: "Away", "X-Auto-Response-Suppress": "All" }, "genuine"],
    [{ Subject: "News", "List-Id": "<news.example>" }, "list"],
    [{ Subject: "News", Precedence: "bulk" }, "list"],
    [{ Subject: "unsubscribe" }, "report"],
  ])("%j is %s", (headers, kind) => expect(kindOf(headers)).toBe(kind));

  test("what we have sent ourselves is our own", () =>
    expect(classify(partsOf(mail({ "Message-ID": "<1@ours>" })), (id) => id === "<1@ours>").kind).toBe("own"));

  test("nothing is answered by itself that nobody wrote, or that asks for no answer", () => {
    expect(answered({ Subject: "Laser" })).toBe(true);
    expect(answered({ Subject: "Laser", "Return-Path": "<hana@aoba.example>" })).toBe(true);
    const never = { "Auto-Submitted": "auto-generated", Precedence: "junk", "List-Id": "<l>", "Return-Path": "<>" };
    for (const [name, value] of Object.entries({
      ...never,
      "X-Auto-Response-Suppress": "OOF",
      From: "no-reply@x.example",
    }))
      expect([name, answered({ Subject: "Laser", [name]: value })]).toEqual([name, false]);
  });

  test("a report names its recipients, what became of each, and the mail that it is about", () => {
    const raw = mail(
      { "Content-Type": 'multipart/report; report-type=delivery-status; boundary="b"', Subject: "Undelivered" },
      [
        "--b",
        "",
        "Sorry.",
        "--b",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; mx.example",
        "",
        "Final-Recipient: rfc822; Gone@Example.com",
        "Action: failed",
        "Status: 5.1.1",
        "Diagnostic-Code: smtp; 550 5.1.1 no such user",
        "--b",
        "Content-Type: message/rfc822",
        "",
        "Message-ID: <out-1@ours.example>",
        "Subject: Your offer",
        "",
        "Text",
        "--b--",
      ].join("\r\n"),
    );
    expect(classify(partsOf(raw), nobody)).toEqual({
      kind: "report",
      report: {
        kind: "delivery",
        recipients: [
          { address: "gone@example.com", verdict: "hard", status: "5.1.1", diagnostic: "550 5.1.1 no such user" },
        ],
        original: { messageId: "<out-1@ours.example>", subject: "Your offer", to: [] },
      },
    });
  });

  test.each([
    [{ action: "failed", status: "5.1.1", diagnostic: "550 5.1.1 User unknown" }, "hard"],
    [{ status: "5.4.4", diagnostic: "unable to route: no mail hosts for domain" }, "host"],
    [{ status: "5.2.2", diagnostic: "552 mailbox full" }, "soft"],
    [{ status: "4.4.1", diagnostic: "connection timed out" }, "soft"],
    [{ status: "5.7.26", diagnostic: "550 unauthenticated mail is prohibited" }, "policy"],
    [{ status: "5.3.4", diagnostic: "message too big" }, "content"],
    [{ action: "delayed", status: "4.4.7", diagnostic: "" }, "delayed"],
    [{ action: "relayed", status: "2.0.0", diagnostic: "" }, "delivered"],
  ])("%j comes to %s", (told, verdict) => expect(verdictOf(told)).toBe(verdict));

  test("an address goes by what is wrong with it alone", () =>
    expect(
      Object.entries(consequences)
        .filter(([, it]) => it.suppress === "now")
        .map(([verdict]) => verdict),
    ).toEqual(["hard"]));
});

describe("what a mail says", () => {
  test("is read with who wrote it, to whom, and what came along", async () => {
    const raw = mail(
      {
        "Message-ID": "<a@aoba.example>",
        "In-Reply-To": "<b@ours.example>",
        References: "<r@ours.example>\r\n <b@ours.example>",
        To: '"Support, Aoba" <Support@Ours.example>',
        Subject: "=?ISO-2022-JP?B?GyRCJWwhPCU2ITwbKEI=?=",
        Date: "Mon, 1 Jun 2026 09:00:00 +0900",
        "Content-Type": 'multipart/mixed; boundary="b"',
      },
      [
        "--b",
        "Content-Type: text/plain; charset=utf-8",
        "",
        "Broken",
        "--b",
        "Content-Type: image/png",
        'Content-Disposition: attachment; filename="laser.png"',
        "Content-Transfer-Encoding: base64",
        "",
        "iVBORw0KGgo=",
        "--b--",
      ].join("\r\n"),
    );
    const read = await readMail(raw);
    expect(read).toMatchObject({
      messageId: "<a@aoba.example>",
      inReplyTo: "<b@ours.example>",
      references: ["<r@ours.example>", "<b@ours.example>"],
      from: { address: "hana@aoba.example", name: "Hana" },
      to: [{ address: "support@ours.example", name: "Support, Aoba" }],
      subject: "レーザー",
      sentAt: new Date("2026-06-01T00:00:00Z"),
    });
    expect(read.text.trim()).toBe("Broken");
    expect(read.files.map(({ name, bytes }) => [name, bytes.length])).toEqual([["laser.png", 8]]);
  });

  test("T12 a mail without an id has the same made one each time, and others have others", async () => {
    const [one, again, other] = await Promise.all(
      ["Hello", "Hello", "Hullo"].map((body) =>
        readMail(mail({ Subject: "Laser", Date: "Mon, 1 Jun 2026 09:00:00 +0900" }, body)),
      ),
    );
    expect(one!.messageId).toBe(again!.messageId);
    expect(one!.messageId).not.toBe(other!.messageId);
  });

  test.each([
    ["It stops.\n\nOn Mon, 1 Jun 2026 at 09:00, Aki <aki@ours.example> wrote:\n> Did you try?\n", "It stops."],
    ["止まります。\n\n2026年6月1日(月) 9:00 Aki <aki@ours.example>:\n> 試しましたか", "止まります。"],
    ["Still.\n\n-----Original Message-----\nFrom: Aki", "Still."],
    ["Still.\n\nVon: Aki\nGesendet: Montag\nAn: Hana\n\nAlt", "Still."],
    ["Masih.\n\nPada Senin, 1 Jun 2026 Aki <aki@ours.example> menulis:\n> Sudah?", "Masih."],
    ["還是。\n\nAki <aki@ours.example> 於 2026年6月1日 寫道：\n> 試過嗎", "還是。"],
    ["> a\nYes\n> b\nNo\n-- \nHana", "Yes\nNo"],
    ["> only quotes", "> only quotes"],
  ])("is shown without what it quotes: %j", (text, own) => expect(withoutQuotes(text).text).toBe(own));

  test("T6 a forward is known by its subject or by what stands at its top", () => {
    expect(isForward("WG: Laser", "See below")).toBe(true);
    expect(isForward("転送: レーザー", "")).toBe(true);
    expect(isForward("Laser", "---------- Forwarded message ---------\nFrom: x")).toBe(true);
    expect(isForward("Re: WG: Laser", "Thanks")).toBe(false);
  });

  test("html is shown without what could act, fetch or cover anything", async () => {
    const html = `<style>p{}</style><p onclick="x()" style="color:red;position:fixed;background:url(//evil)">Hi<script>1</script></p>
      <img src="https://track.example/p.gif"><img src="cid:pic@1" alt="Laser" onerror="x()">
      <a href="javascript:alert(1)">a</a><a href="https://ok.example">b</a><form action="/x"><input></form><iframe src="/"></iframe>
      <svg><a xlink:href="javascript:1">c</a></svg><div class="gmail_quote">old</div>`;
    const shown = await cleanHtml(html, {
      fileAt: (id) => (id === "pic@1" ? "/api/files/1" : undefined),
      quoted: false,
    });
    expect(shown).not.toMatch(
      /script|onclick|onerror|position|url\(|track|javascript|<form|<input|<iframe|<svg|<style|old/,
    );
    expect(shown).toContain('<p style="color:red">Hi</p>');
    expect(shown).toContain('src="/api/files/1"');
    expect(shown).toContain('<a href="https://ok.example" rel="noopener noreferrer nofollow" target="_blank">b</a>');
    expect(await textOfHtml("<p>A&amp;B</p><p>C<br>D</p>")).toBe("A&B\nC\nD");
  });
});
