/** The cells of CSV (RFC 4180) line by line, without a byte order mark; lines without any are left out. */
export function cellsOf(given: string, separator = ","): readonly (readonly string[])[] {
  const text = given.replace(/^\uFEFF/, "");
  const lines: string[][] = [[]];
  let cell = "";
  let open = false;
  for (let index = 0; index < text.length; index++) {
    const sign = text[index]!;
    if (open && sign === '"' && text[index + 1] === '"') cell += text[++index]!;
    else if (sign === '"' && (open || cell === "")) open = !open;
    else if (!open && (sign === separator || sign === "\n")) {
      lines.at(-1)!.push(cell.replace(/\r$/, ""));
      cell = "";
      if (sign === "\n") lines.push([]);
    } else cell += sign;
  }
  lines.at(-1)!.push(cell.replace(/\r$/, ""));
  return lines.filter((line) => line.some((it) => it !== ""));
}
