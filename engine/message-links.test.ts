import type { MessageDocument } from "schemas";
import { describe, expect, test } from "vitest";
import { faultyLinks } from "./message-links.ts";

const message = (blocks: readonly object[]) =>
  ({
    $schema: "urn:trellis:message:1",
    $id: "m",
    $anchor: "msg_m",
    title: "M",
    entity: "person",
    channel: "mail",
    subject: "M",
    blocks,
  }) as unknown as MessageDocument;
const inText = (to: string) => message([{ id: "a", type: "text", text: `See [us](${to}).` }]);

describe("links of a message", () => {
  test.each([
    ["", "empty"],
    ["/prices", "relative"],
    ["#", "relative"],
    ["www.kestrel.co.jp", "relative"],
    ["https://", "malformed"],
    ["https://kestrel", "malformed"],
    ["https://kestrel.co.jp/a b", "malformed"],
    ["javascript:alert(1", "malformed"],
    ["mailto:nobody", "malformed"],
    ["tel:call-me", "malformed"],
    ["https://kestrel.co.jp/{{ name | shout }}", "malformed"],
    ["http://kestrel.co.jp/", "plain"],
    ["https://example.com/prices", "placeholder"],
    ["https://www.shop.example/", "placeholder"],
    ["http://localhost:3000/", "placeholder"],
    ["https://yourdomain.com/", "placeholder"],
    ["https://{{ site }}/x", "value"],
    ["{{ site }}/x", "value"],
  ])("%j is %s", (to, why) => {
    expect(faultyLinks(inText(to))).toEqual([{ why, to, path: "/blocks/0/text" }]);
  });

  test.each([
    "https://kestrel.co.jp/a?x=1&y={{ name }}",
    "https://kestrel-example.com/",
    "mailto:sales@kestrel.co.jp",
    "tel:+81-6-1234-5678",
    "{{ website }}",
    "{{ stop_url }}",
  ])("%j is none", (to) => expect(faultyLinks(inText(to))).toEqual([]));

  test("each is told with its place: of buttons and images, within others, in each language, bare in a text", () => {
    const found = faultyLinks(
      message([
        { id: "a", type: "text", text: "Or http://kestrel.co.jp/x, again http://kestrel.co.jp/x, or." },
        {
          id: "b",
          type: "when",
          if: { cel: "true" },
          then: [{ id: "c", type: "button", text: "Go", url: "https://example.org/", languages: { ja: { url: "" } } }],
        },
        { id: "d", type: "image", url: "https://kestrel.co.jp/a.png", alt: "A", link: "prices.html" },
      ]),
    );
    expect(found.map(({ why, path }) => `${why} ${path}`)).toEqual([
      "plain /blocks/0/text",
      "placeholder /blocks/1/then/0/url",
      "empty /blocks/1/then/0/languages/ja/url",
      "relative /blocks/2/link",
    ]);
  });
});
