import { isIP } from "node:net";
import { getConnInfo } from "@hono/node-server/conninfo";
import type { Context } from "hono";
import { isIn, type Networks } from "./networks.ts";

/**
 * The address that a request came from: the socket's, or what a proxy of our own says of who asked it. What anybody else
 * says of herself proves nothing. Undefined where there is no socket.
 */
export function clientAddress(c: Context, proxies: Networks): string | undefined {
  if (!(c.env as { incoming?: unknown } | undefined)?.incoming) return undefined;
  const hops = (c.req.header("x-forwarded-for") ?? "").split(",").map((hop) => hop.trim());
  let address = getConnInfo(c).remote.address ?? "";
  while (hops.length > 0 && isIn(proxies, address)) {
    const before = hops.pop() ?? "";
    if (isIP(before) === 0) break;
    address = before;
  }
  return address;
}

/** The network that an address belongs to: 256 neighbours of IPv4, what one customer gets of IPv6. */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "");
  if (isIP(plain) === 4) return plain.replace(/\.\d+$/, ".0/24");
  if (isIP(plain) !== 6) return "unknown";
  const { hostname } = new URL(`http://[${plain.replace(/%.*$/, "")}]`);
  const [head = "", tail] = hostname.slice(1, -1).split("::");
  const [before, behind] = [head.split(":").filter(Boolean), (tail ?? "").split(":").filter(Boolean)];
  const gap = tail === undefined ? 0 : 8 - before.length - behind.length;
  return `${[...before, ...Array<string>(gap).fill("0"), ...behind].slice(0, 4).join(":")}::/64`;
}
