const unknown = "application/octet-stream";

/** What files begin with, in hexadecimal; a dot stands for any digit. */
const beginnings: readonly (readonly [type: string, beginning: RegExp])[] = [
  ["application/pdf", /^255044462d/],
  ["image/png", /^89504e470d0a1a0a/],
  ["image/jpeg", /^ffd8ff/],
  ["image/gif", /^474946383[79]61/],
  ["image/webp", /^52494646.{8}57454250/],
  ["application/zip", /^504b0304/],
];

const office = "application/vnd.openxmlformats-officedocument";
/** Formats that are archives inside: which one only the name tells. */
const archives: Readonly<Record<string, string>> = {
  docx: `${office}.wordprocessingml.document`,
  xlsx: `${office}.spreadsheetml.sheet`,
  pptx: `${office}.presentationml.presentation`,
  odt: "application/vnd.oasis.opendocument.text",
  ods: "application/vnd.oasis.opendocument.spreadsheet",
};

/**
 * What a file is, by its bytes; what its sender says of it proves nothing. Everything that a browser might take for a page
 * (HTML, SVG, XML) is just bytes.
 */
export function typeOf(bytes: Uint8Array, name: string): string {
  const head = Buffer.from(bytes.subarray(0, 16)).toString("hex");
  const found = beginnings.find(([, beginning]) => beginning.test(head))?.[0];
  const ending = /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? "";
  if (found === "application/zip") return archives[ending] ?? found;
  if (found !== undefined || !isPlainText(bytes)) return found ?? unknown;
  return ending === "csv" ? "text/csv" : "text/plain";
}

function isPlainText(bytes: Uint8Array): boolean {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return !/[\x00-\x08\x0e-\x1f]|<[a-z!?/]/i.test(text);
  } catch {
    return false;
  }
}
