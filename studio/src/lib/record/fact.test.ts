import { expect, test } from "vitest";
import { factLines, factSource, type Fact } from "./fact.ts";

const fact = (type: string, data: Fact["data"], titles: Fact["titles"] = {}): Fact => ({
  ...{ type: "fact", id: "1", at: "2026-03-02T09:00:00.000Z", source: "mailbox mbx_service", fact: type },
  data,
  titles,
});

test("a fact that we know is told in words, without what only programs read", () => {
  const sent = { sending: "0195", purpose: "pur_news", message: "msg_welcome", broadcast: null, auto: true };
  expect(factLines(fact("mail.sent", sent, { purpose: "News", message: "Welcome" }))).toEqual([
    ["Purpose", "News"],
    ["Message", "Welcome"],
  ]);
  const back = { address: "rei@ono.example", verdict: "hard", status: "5.1.1", diagnostic: "550 User unknown" };
  expect(factLines(fact("mail.bounced", back))).toEqual([
    ["Address", "rei@ono.example"],
    ["What came back", "nobody is known there"],
    ["The server said", "550 User unknown"],
  ]);
  expect(factLines(fact("score.crossed", { score: "heat", title: "Heat", direction: "up", value: 63.5 }))).toEqual([
    ["What", "Heat"],
    ["Direction", "above it"],
    ["Points", "63.5"],
  ]);
  expect(factSource(fact("mail.bounced", back))).toBe("a mailbox");
});

test("a fact of others is told by the names that they gave", () => {
  expect(factLines(fact("order.paid", { order_number: 17, purpose: "gift" }))).toEqual([
    ["order number", "17"],
    ["purpose", "gift"],
  ]);
  expect(factSource({ ...fact("order.paid", {}), source: "our shop" })).toBe("our shop");
});
