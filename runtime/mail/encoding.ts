/** How a text stands in a mail: by which encoding (RFC 2045, section 6), and its bytes without what follows them. */
export interface Encoded {
  readonly encoding: "quoted-printable" | "base64";
  readonly body: Buffer;
}

const lineMost = 76;
const [tab, feed, carriage, space, equals] = [9, 10, 13, 32, 61];
const signs = Buffer.from("0123456789ABCDEF", "latin1");
/** Which bytes stand as they are, unless a blank ends its line. */
const plain = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte === tab || byte === feed || byte === carriage || (byte >= space && byte < 127 && byte !== equals) ? 1 : 0,
);
/** From so many signs on that need three each, base64 is shorter: one in six. */
const share = 6;

/** Encodes a text for a mail, by what makes it shorter. Lines have 76 signs at most, and each of its breaks is CRLF. */
export function encoded(text: string): Encoded {
  const bytes = Buffer.from(text, "utf8");
  let escapes = 0;
  for (let index = 0; index < bytes.length; index += 1) if (plain[bytes[index]!] === 0) escapes += 1;
  return escapes * share > bytes.length
    ? { encoding: "base64", body: base64(text) }
    : { encoding: "quoted-printable", body: quotedPrintable(bytes) };
}

function base64(text: string): Buffer {
  const whole = Buffer.from(text.replaceAll(/\r\n|\r|\n/g, "\r\n"), "utf8").toString("base64");
  return Buffer.from(whole.replaceAll(/.{76}(?=.)/g, "$&\r\n"), "latin1");
}

function quotedPrintable(bytes: Buffer): Buffer {
  // Three signs for each byte, and a soft break behind 73 of them at the earliest.
  const out = Buffer.allocUnsafe(Math.ceil(bytes.length * 3 * (1 + 3 / 73)) + 3);
  let at = 0;
  let column = 0;
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index]!;
    const next = bytes[index + 1];
    if (byte === carriage && next === feed) continue;
    if (byte === feed || byte === carriage) {
      out[at++] = carriage;
      out[at++] = feed;
      column = 0;
      continue;
    }
    const last = next === undefined || next === feed || next === carriage;
    const itself = plain[byte] === 1 && !(last && byte <= space);
    const width = itself ? 1 : 3;
    if (column + width > (last ? lineMost : lineMost - 1)) {
      out[at++] = equals;
      out[at++] = carriage;
      out[at++] = feed;
      column = 0;
    }
    if (itself) out[at++] = byte;
    else {
      out[at++] = equals;
      out[at++] = signs[byte >> 4]!;
      out[at++] = signs[byte & 15]!;
    }
    column += width;
  }
  return out.subarray(0, at);
}
