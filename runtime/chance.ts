import { randomFillSync } from "node:crypto";

/** Drawn for many at once: asking for chance costs more than what is made of it. */
const drawn = Buffer.alloc(4096);
let used = drawn.length;

/** Bytes that nobody can foresee (a few, `drawn.length` at most), each given out once. To be used before the next are asked for. */
export function chance(bytes: number): Buffer {
  if (used + bytes > drawn.length) {
    randomFillSync(drawn);
    used = 0;
  }
  used += bytes;
  return drawn.subarray(used - bytes, used);
}
