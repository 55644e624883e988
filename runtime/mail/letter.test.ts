import fc from "fast-check";
import PostalMime from "postal-mime";
import { expect, test } from "vitest";
import { bytesOf, type Letter } from "./letter.ts";

const letter = (more: Partial<Letter> = {}): Letter => ({
  messageId: "<1@kestrel.example>",
  from: { address: "hello@kestrel.example", name: "Kestrel" },
  to: ["mei@example.com"],
  cc: [],
  replyTo: null,
  inReplyTo: null,
  refs: [],
  subject: "News",
  text: "Hello\n",
  html: null,
  headers: {},
  date: new Date("2026-03-04T05:06:07Z"),
  ...more,
});
const unbroken = (text: string) => text.replaceAll(/\r\n|\r/g, "\n");
const words = fc
  .array(
    fc.oneof(
      fc.constantFrom(" ", "\t", "\n", "\r\n", ".", "=", "=20", "--=_", "a long word of Latin letters ", "語", "é"),
      fc.string({ unit: "grapheme", maxLength: 30 }),
      fc.string({ unit: fc.constantFrom("x", " ", "日"), minLength: 60, maxLength: 200 }),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join("").replaceAll("\0", ""));

test("whatever a mail says is read as it was written, in lines that every server takes", async () => {
  await fc.assert(
    fc.asyncProperty(words, fc.option(words), async (text, html) => {
      const bytes = await bytesOf(letter({ text, html }));
      const lines = bytes.toString("latin1").split("\r\n");
      expect(lines.every((line) => line.length <= 78 && !/[\r\n]/.test(line))).toBe(true);
      const read = await PostalMime.parse(bytes);
      expect(unbroken(read.text ?? "").replace(/\n+$/, "")).toBe(unbroken(text).replace(/\n+$/, ""));
      if (html !== null) expect(unbroken(read.html ?? "").replace(/\n+$/, "")).toBe(unbroken(html).replace(/\n+$/, ""));
    }),
    { numRuns: Number(process.env.TRELLIS_CASES ?? 300), seed: 7 },
  );
});

test("the head of a mail says who, to whom, on what, and no value of it begins a line", async () => {
  const bytes = await bytesOf(
    letter({
      from: { address: "hello@kestrel.example", name: 'Kestrel, "the" 鳥' },
      to: ["mei@example.com", "ken@example.com"],
      cc: ["uma@example.com"],
      replyTo: "answer@kestrel.example",
      inReplyTo: "<0@example.com>",
      refs: ["<a@example.com>", "<0@example.com>"],
      subject: "お知らせ\r\nBcc: all@example.com",
      html: "<p>Hello</p>",
      headers: { "list-id": "<news.kestrel.example>", "x-more": "a\r\nBcc: all@example.com" },
    }),
  );
  const read = await PostalMime.parse(bytes);
  const header = (key: string) => read.headers.filter((it) => it.key === key).map(({ value }) => value);
  expect(read.from).toMatchObject({ address: "hello@kestrel.example", name: 'Kestrel, "the" 鳥' });
  expect(read.to?.map(({ address }) => address)).toEqual(["mei@example.com", "ken@example.com"]);
  expect(read.cc?.map(({ address }) => address)).toEqual(["uma@example.com"]);
  expect(read.subject).toBe("お知らせ Bcc: all@example.com");
  expect(header("bcc")).toEqual([]);
  expect(header("date")).toEqual(["Wed, 04 Mar 2026 05:06:07 +0000"]);
  expect(header("list-id")).toEqual(["<news.kestrel.example>"]);
  expect([read.messageId, read.inReplyTo, read.references]).toEqual([
    "<1@kestrel.example>",
    "<0@example.com>",
    "<a@example.com> <0@example.com>",
  ]);
  expect(header("content-type")).toEqual([expect.stringMatching(/^multipart\/alternative; boundary="=_\w{24}"$/)]);
});
