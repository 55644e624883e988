import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { isSigned, isSigningSecret, newSigningSecret, signed } from "./signature.ts";

const secret = newSigningSecret();
const now = new Date("2026-03-02T09:00:00.000Z");
const body = '{"type":"record.created","data":{"name":"Zoë"}}';
const headers = signed([secret], { id: "msg_1", now, body });
const proof = {
  id: "msg_1",
  timestamp: headers["webhook-timestamp"] ?? "",
  signature: headers["webhook-signature"] ?? "",
};
const holds = (changed: Partial<typeof proof> = {}, given: { body?: string; now?: Date; secrets?: string[] } = {}) =>
  isSigned(
    given.secrets ?? [secret],
    { ...proof, ...changed },
    { body: Buffer.from(given.body ?? body), now: given.now ?? now },
  );
const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);

describe("a signature", () => {
  test("is the one that others make of the same message", () => {
    expect(new Webhook(secret).sign("msg_1", now, body)).toBe(proof.signature);
    const real = new Date();
    const made = signed([secret], { id: "msg_2", now: real, body });
    expect(new Webhook(secret).verify(body, { ...made })).toEqual(JSON.parse(body));
    expect(holds({ signature: new Webhook(secret).sign("msg_1", now, body) })).toBe(true);
  });

  test("holds for either of two secrets while they change", () => {
    const next = newSigningSecret();
    const both = signed([next, secret], { id: "msg_1", now, body })["webhook-signature"]!;
    expect(holds({ signature: both })).toBe(true);
    expect(holds({ signature: both }, { secrets: [next] })).toBe(true);
    expect(holds({}, { secrets: [next, secret] })).toBe(true);
    expect(holds({}, { secrets: [next] })).toBe(false);
    expect(holds({}, { secrets: [] })).toBe(false);
  });

  // Case 104 of the case book.
  test("case 104: holds for no other message, no other time and no other form", () => {
    expect(holds({}, { body: body.replace("Zoë", "Zoe") })).toBe(false);
    expect(holds({}, { body: `${body} ` })).toBe(false);
    expect(holds({ id: "msg_2" })).toBe(false);
    expect(holds({ timestamp: String(Number(proof.timestamp) + 1) })).toBe(false);
    expect(holds({}, { now: later(300) })).toBe(true);
    for (const seconds of [301, -301, 86_400]) expect(holds({}, { now: later(seconds) })).toBe(false);
    const [, mac] = proof.signature.split(",");
    for (const signature of ["", "v1,", mac, `v1a,${mac}`, `v2,${mac}`, `v1,${mac!.slice(0, -4)}`, `v1,${mac}AAAA`])
      expect([signature, holds({ signature: signature! })]).toEqual([signature, false]);
    for (const timestamp of ["", "now", "1e9", "-1", `${proof.timestamp}.0`, "9".repeat(30)])
      expect([timestamp, holds({ timestamp })]).toEqual([timestamp, false]);
  });
});

test("a secret has 24 to 64 bytes", () => {
  const of = (bytes: number) => `whsec_${Buffer.alloc(bytes, 7).toString("base64")}`;
  expect([of(24), of(64), newSigningSecret()].map(isSigningSecret)).toEqual([true, true, true]);
  const none = [of(23), of(65), of(32).slice(6), "whsec_", "whsec_ä", "", null, 5];
  expect(none.map(isSigningSecret)).toEqual(none.map(() => false));
});
