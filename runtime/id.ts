import { chance } from "./chance.ts";

let lastMs = 0;
let counter = 0;
/** The moment of the last id as its first digits. */
let time = "";

/**
 * A UUIDv7 (RFC 9562, section 5.7). Ids made by one process at the same millisecond ascend: 12 bits count them (method
 * 1 of section 6.2), and a clock that goes back holds the last moment until it has caught up.
 */
export function newId(now: Date): string {
  const ms = now.getTime();
  if (ms > lastMs) moveTo(ms, chance(2).readUInt16BE() & 0x7ff);
  else if (++counter > 0xfff) moveTo(lastMs + 1, 0);
  const drawn = chance(8);
  const count = (0x7000 | counter).toString(16);
  const tail = ((drawn.readUInt16BE() & 0x3fff) | 0x8000).toString(16);
  return `${time}-${count}-${tail}-${drawn.toString("hex", 2)}`;
}

function moveTo(ms: number, count: number): void {
  [lastMs, counter] = [ms, count];
  const digits = ms.toString(16).padStart(12, "0");
  time = `${digits.slice(0, 8)}-${digits.slice(8)}`;
}
