import { randomBytes, randomFillSync } from "node:crypto";

let lastMs = 0;
let counter = 0;

/** Chance is drawn for many ids at once: asking for it costs more than making an id. */
const chanceBytes = 8;
const drawn = Buffer.alloc(chanceBytes * 512);
let used = drawn.length;

/**
 * A UUIDv7 (RFC 9562, section 5.7). Ids made by one process at the same millisecond ascend: 12 bits count them (method
 * 1 of section 6.2), and a clock that goes back holds the last moment until it has caught up.
 */
export function newId(now: Date): string {
  const ms = now.getTime();
  if (ms > lastMs) [lastMs, counter] = [ms, randomBytes(2).readUInt16BE() & 0x7ff];
  else if (++counter > 0xfff) [lastMs, counter] = [lastMs + 1, 0];
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(lastMs, 0, 6);
  bytes.writeUInt16BE(0x7000 | counter, 6);
  if (used === drawn.length) {
    randomFillSync(drawn);
    used = 0;
  }
  drawn.copy(bytes, 8, used, used + chanceBytes);
  used += chanceBytes;
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
