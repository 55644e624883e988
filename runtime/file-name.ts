const bytesMost = 200;
const endingMost = 12;
/** Windows opens devices by these names, whatever stands behind them. */
const devices = /^(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i;

/**
 * A file's name as every system stores it and every reader reads it: one line, no path, no signs that steer the direction
 * of writing or what a shell makes of it, 200 bytes at most with its ending. `otherwise` where nothing is left.
 */
export function cleanName(given: string, otherwise: string): string {
  const plain = given
    .normalize("NFC")
    .replaceAll(/[/\\:*?"<>|\p{C}\p{Zl}\p{Zp}]/gu, " ")
    .replaceAll(/\s+/g, " ")
    .replace(/^[\s.]+/, "");
  const name = plain.slice(0, endOf(plain)).replace(devices, "_$1");
  return shortened(name === "" ? otherwise : name);
}

/** Where a name ends, without the dots and the space behind it. */
function endOf(name: string): number {
  let end = name.length;
  while (end > 0 && (name[end - 1] === "." || name[end - 1] === " ")) end--;
  return end;
}

function shortened(name: string): string {
  if (Buffer.byteLength(name) <= bytesMost) return name;
  const ending = /\.[^.\s]+$/.exec(name)?.[0] ?? "";
  const kept = Buffer.byteLength(ending) <= endingMost ? ending : "";
  let stem = "";
  for (const sign of name.slice(0, name.length - kept.length)) {
    if (Buffer.byteLength(stem + sign + kept) > bytesMost) break;
    stem += sign;
  }
  return stem.trimEnd() + kept;
}

/** The header by which a browser saves a file under its name and shows it nowhere (RFC 6266, RFC 8187). */
export function savedAs(name: string): string {
  const ascii = name.replaceAll(/[^\x20-\x7e]|["\\%]/g, "_");
  const encoded = encodeURIComponent(name).replaceAll(
    /['()*!]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
