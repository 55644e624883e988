/** Part of a file: from a byte to before another. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

/**
 * The part that a `Range` header asks for (RFC 9110, section 14): one range of bytes. Undefined where the whole is to be
 * sent, for several ranges among others; null where the file has no such part.
 */
export function readRange(header: string | undefined, sizeBytes: number): Span | null | undefined {
  const [, first = "", last = ""] = /^bytes=[ \t]*(\d{0,15})-(\d{0,15})[ \t]*$/i.exec(header ?? "") ?? [];
  if (first === "" && last === "") return undefined;
  const most = (until: number) => Math.min(until, sizeBytes);
  if (first === "") {
    const from = sizeBytes - most(Number(last));
    return from < sizeBytes ? { from, until: sizeBytes } : null;
  }
  const [from, until] = [Number(first), last === "" ? sizeBytes : Number(last) + 1];
  if (until <= from && last !== "") return undefined;
  return from < sizeBytes ? { from, until: most(until) } : null;
}
