import { BlockList, isIP } from "node:net";

/** Networks that are nobody's public address: IANA's special-purpose registries, multicast and what is reserved. */
const closed4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/3",
];

/** Of IPv6 only global unicast is open, without tunnels, documentation and benchmarks. */
const global6 = ["2000::/3"];
const closed6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];

/** A set of networks. */
export type Networks = Pick<BlockList, "check">;

/** Networks by their texts, `10.1.0.0/16` or a single address. Throws a RangeError that names the text which is none. */
export function networksOf(texts: readonly string[]): Networks {
  const list = new BlockList();
  for (const text of texts) {
    const [, address = "", length] = /^([0-9a-f:.]+)(?:\/(\d{1,3}))?$/i.exec(text) ?? [];
    const family = isIP(address);
    const bits = family === 4 ? 32 : 128;
    if (family === 0 || Number(length ?? bits) > bits) throw new RangeError(text);
    list.addSubnet(address, Number(length ?? bits), family === 4 ? "ipv4" : "ipv6");
  }
  return list;
}

/** Every address there is: for a program that its user points at a server of her own. */
export const everywhere = networksOf(["0.0.0.0/0", "::/0"]);
/** No address beside the public ones. */
export const nowhere = networksOf([]);

const [never4, some6, never6] = [networksOf(closed4), networksOf(global6), networksOf(closed6)];
/** Before the last two words: addresses of IPv4 as sockets know them, and as NAT64 reaches them (RFC 6052). */
const mapped = "0:0:0:0:0:ffff";
const translated = "64:ff9b:0:0:0:0";

/** Whether an address is a public one. One of IPv6 that stands for one of IPv4 is what it stands for. */
export function isPublic(address: string): boolean {
  const { text, family } = standsFor(address);
  if (family === 4) return !never4.check(text, "ipv4");
  return family === 6 && some6.check(text, "ipv6") && !never6.check(text, "ipv6");
}

/** Whether an address lies in one of the networks. */
export function isIn(networks: Networks, address: string): boolean {
  const { text, family } = standsFor(address);
  return family !== 0 && networks.check(text, family === 4 ? "ipv4" : "ipv6");
}

function standsFor(address: string): { readonly text: string; readonly family: number } {
  const text = address.replace(/%.*$/, "");
  if (isIP(text) !== 6) return { text, family: isIP(text) };
  const words = wordsOf(text);
  const head = words.slice(0, 6).map((word) => word.toString(16));
  if (head.join(":") !== mapped && head.join(":") !== translated) return { text, family: 6 };
  const parts = words.slice(6).flatMap((word) => [word >> 8, word & 255]);
  return { text: parts.join("."), family: 4 };
}

/** The eight words of an address of IPv6. */
function wordsOf(text: string): readonly number[] {
  const plain = text.replace(/(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/, (_, ...parts: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = parts.slice(0, 4).map(Number);
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
  const [head = [], tail] = plain.split("::").map((half) => (half === "" ? [] : half.split(":")));
  const gap = tail === undefined ? [] : Array<string>(8 - head.length - tail.length).fill("0");
  return [...head, ...gap, ...(tail ?? [])].map((word) => Number.parseInt(word, 16));
}
