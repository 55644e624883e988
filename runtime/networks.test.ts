import { describe, expect, test } from "vitest";
import { everywhere, isIn, isPublic, networksOf, nowhere } from "./networks.ts";

describe("a public address", () => {
  test.each(["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])("%s is one", (address) =>
    expect(isPublic(address)).toBe(true),
  );

  // Case 56 of the case book: every form of what is not public.
  test.each([
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "198.18.0.1",
    "203.0.113.5",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "0:0:0:0:0:ffff:a00:1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2001::1",
    "2001:db8::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "localhost",
    "0177.0.0.1",
    "256.1.1.1",
    "",
  ])("%j is none", (address) => expect(isPublic(address)).toBe(false));
});

describe("networks", () => {
  test("hold their addresses in whatever form these come, and no others", () => {
    const some = networksOf(["10.1.0.0/16", "127.0.0.1", "fd00::/8"]);
    for (const address of ["10.1.2.3", "::ffff:10.1.2.3", "127.0.0.1", "fd00::5"])
      expect([address, isIn(some, address)]).toEqual([address, true]);
    for (const address of ["10.2.0.1", "127.0.0.2", "::1", "fc00::1", "8.8.8.8", "", "there"])
      expect([address, isIn(some, address)]).toEqual([address, false]);
    expect(isIn(nowhere, "127.0.0.1")).toBe(false);
    expect(["127.0.0.1", "::1", "fe80::1%lo"].every((address) => isIn(everywhere, address))).toBe(true);
  });

  test.each(["10.0.0.0/33", "10.0.0/8", "::/129", "localhost", "10.0.0.0/8/9", "", "fe80::1%eth0"])(
    "%j names none",
    (text) => expect(() => networksOf([text])).toThrow(RangeError),
  );
});
