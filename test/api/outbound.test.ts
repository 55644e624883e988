import { createServer, type AddressInfo, type Server } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readConfig } from "../../runtime/config.ts";
import { networksOf } from "../../runtime/networks.ts";
import { openGate, type Gate, type Outcome } from "../../runtime/outbound.ts";
import { receiver, type Receiver } from "../fixtures/receiver.ts";

let there: Receiver;
let canary: Receiver;
let strict: Gate;
let gate: Gate;

beforeAll(async () => {
  [there, canary] = [await receiver("127.0.0.1"), await receiver("127.0.0.2")];
  strict = openGate();
  gate = openGate({ open: networksOf(["127.0.0.1"]) });
});
beforeEach(() => {
  there.answer = (_, response) => void response.end("thanks");
  there.received.length = 0;
});
afterAll(async () => {
  expect(canary.received).toEqual([]);
  await Promise.all([there.close(), canary.close()]);
});

const why = (outcome: Outcome) => (outcome.answered ? outcome.status : outcome.why);
const get = (through: Gate, address: string) => through(address, { method: "GET" }).then(why);

describe("where nothing was opened", () => {
  test("case 59: no private address is reached, not even by a name", async () => {
    expect(readConfig({}).open).toEqual([]);
    for (const host of ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "10.0.0.1", "169.254.169.254", "[fd00::1]"])
      expect([host, await get(strict, `http://${host}:${there.port}/`)]).toEqual([host, "closed"]);
    expect(there.received).toEqual([]);
  });

  test("case 62: numbers in any notation are the addresses that they mean", async () => {
    const spellings = ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0x7f.1", "１２７.0.0.1", "127。0。0。1"];
    for (const host of spellings)
      expect([host, await get(strict, `http://${host}:${there.port}/`)]).toEqual([host, "closed"]);
    for (const host of ["256.0.0.1", "1.2.3.4.5", "127.0.0.1%00", "[fe80::1%25lo]", "[::1", "0x1ffffffff", ""])
      expect([host, await get(strict, `http://${host}:${there.port}/`)]).toEqual([host, "address"]);
    expect(there.received).toEqual([]);
  });

  test("case 56: an address of IPv6 that stands for one of IPv4 is closed with it", async () => {
    for (const host of ["::ffff:127.0.0.1", "::ffff:7f00:1", "64:ff9b::7f00:1", "2002:7f00:1::", "::127.0.0.1", "::"])
      expect([host, await get(strict, `http://[${host}]:${there.port}/`)]).toEqual([host, "closed"]);
    expect(there.received).toEqual([]);
  });

  test("ports of other protocols are closed, on public addresses too", async () => {
    const ofAll = openGate({ resolve: async () => [{ address: "8.8.8.8", family: 4 }] });
    for (const port of [22, 25, 587, 993]) expect(await get(ofAll, `http://mail.example:${port}/`)).toBe("closed");
  });

  test("what is no address of HTTP, or carries a password, is refused", async () => {
    for (const address of [
      "file:///etc/passwd",
      "ftp://a.example/",
      "gopher://a/",
      "//a.example",
      "",
      "http://u:p@a.example/",
    ])
      expect([address, await get(strict, address)]).toEqual([address, "address"]);
  });
});

describe("names", () => {
  test("case 57: are asked for once, and what they answer later counts for nothing", async () => {
    let asked = 0;
    const turning = openGate({
      open: networksOf(["127.0.0.1"]),
      resolve: async () => [{ address: asked++ === 0 ? "127.0.0.1" : "127.0.0.2", family: 4 }],
    });
    expect(await get(turning, `http://turning.example:${there.port}/`)).toBe(200);
    expect(there.received.map(({ headers }) => headers.host)).toEqual([`turning.example:${there.port}`]);
    expect(asked).toBe(1);
    expect(await get(turning, `http://turning.example:${canary.port}/`)).toBe("closed");
  });

  test("with one closed address among open ones are closed", async () => {
    for (const closed of ["127.0.0.2", "::1", "169.254.169.254"]) {
      const both = ["127.0.0.1", closed].map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
      const mixed = openGate({ open: networksOf(["127.0.0.1"]), resolve: async () => both });
      expect(await get(mixed, `http://mixed.example:${there.port}/`)).toBe("closed");
    }
    expect(there.received).toEqual([]);
  });

  test("that nobody knows, or whose server never answers, end in words", async () => {
    const none = openGate({ resolve: () => Promise.reject(new Error("ENOTFOUND")) });
    expect(await get(none, "http://nowhere.example/")).toBe("unresolved");
    expect(await get(openGate({ resolve: async () => [] }), "http://nowhere.example/")).toBe("unresolved");
    const silent = openGate({ resolve: () => new Promise(() => undefined) });
    expect(why(await silent("http://slow.example/", { method: "GET", timeoutMs: 20 }))).toBe("slow");
  });
});

describe("redirects", () => {
  const to = (location: string, status = 307) => {
    there.answer = (_, response) => void response.writeHead(status, { location }).end();
  };

  test("are followed with the same request, and what proves who asks stays behind", async () => {
    const other = await receiver("127.0.0.1");
    to(`${other.url}/next`);
    const headers = { authorization: "Bearer x", cookie: "a=b", "webhook-id": "m1" };
    expect(why(await gate(there.url, { method: "POST", headers, body: "{}" }))).toBe(200);
    const [next] = other.received;
    expect(next).toMatchObject({ method: "POST", path: "/next", body: "{}", headers: { "webhook-id": "m1" } });
    expect([next?.headers.authorization, next?.headers.cookie]).toEqual([undefined, undefined]);
    await other.close();
  });

  test("are looked at like every address", async () => {
    for (const address of [
      canary.url,
      `http://[::ffff:127.0.0.2]:${canary.port}`,
      `http://2130706434:${canary.port}`,
    ]) {
      to(address);
      expect([address, await get(gate, there.url)]).toEqual([address, "closed"]);
    }
    for (const address of ["file:///etc/passwd", "http://u:p@127.0.0.1/", "http://["]) {
      to(address);
      expect([address, await get(gate, there.url)]).toEqual([address, "address"]);
    }
  });

  test("in a circle come to an end", async () => {
    to("/again");
    expect(await get(gate, there.url)).toBe("redirects");
    expect(there.received.length).toBe(4);
  });

  test("that would make another request of it are answers", async () => {
    to("/elsewhere", 302);
    expect(why(await gate(there.url, { method: "POST", body: "{}" }))).toBe(302);
    expect(there.received.length).toBe(1);
  });
});

describe("limits", () => {
  test("the body is read up to its bound", async () => {
    there.answer = (_, response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, "x")));
      };
      response.on("drain", more).on("error", () => undefined);
      more();
    };
    const outcome = await gate(there.url, { method: "GET", bytesMax: 100_000 });
    expect(outcome).toMatchObject({ answered: true, status: 200, whole: false });
    expect(outcome.answered && outcome.body.length).toBe(100_000);
  });

  test("who never answers, or trickles, is left", async () => {
    there.answer = () => undefined;
    expect(why(await gate(there.url, { method: "GET", timeoutMs: 30 }))).toBe("slow");
    there.answer = (_, response) => {
      response.write("x");
      const trickle = setInterval(() => response.write("x"), 5);
      response.on("close", () => clearInterval(trickle));
    };
    const outcome = await gate(there.url, { method: "GET", timeoutMs: 300 });
    expect(outcome.answered && outcome.whole).toBe(false);
    expect(why(await gate(there.url, { method: "GET", signal: AbortSignal.abort() }))).toBe("slow");
  });

  test("who speaks no HTTP, or hangs up, is not reached", async () => {
    const rude: Server = createServer((socket) => {
      socket.on("error", () => undefined).resume();
      socket.end("220 mail.example ESMTP\r\n");
    });
    await new Promise<void>((done) => rude.listen(0, "127.0.0.1", done));
    const { port } = rude.address() as AddressInfo;
    expect(await get(gate, `http://127.0.0.1:${port}/`)).toBe("unreachable");
    expect(await get(gate, `https://127.0.0.1:${there.port}/`)).toBe("unreachable");
    await new Promise((done) => rude.close(done));
    expect(await get(gate, `http://127.0.0.1:${port}/`)).toBe("unreachable");
  });
});

test("what is opened is named in the environment, and a word that names no network is refused", () => {
  expect(readConfig({ TRELLIS_OUTBOUND_OPEN: "10.0.0.0/8, fd00::/8" }).open).toEqual(["10.0.0.0/8", "fd00::/8"]);
  expect(() => readConfig({ TRELLIS_OUTBOUND_OPEN: "the intranet" })).toThrow("TRELLIS_OUTBOUND_OPEN");
});
