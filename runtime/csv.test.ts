import iconv from "iconv-lite";
import { describe, expect, test } from "vitest";
import { detectFormat, peek, readRows, type CsvFormat, type CsvRow } from "./csv.ts";

async function all(bytes: Uint8Array, format: CsvFormat): Promise<CsvRow[]> {
  const rows: CsvRow[] = [];
  const pieces = (async function* () {
    for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
  })();
  for await (const row of readRows(pieces, format)) rows.push(row);
  return rows;
}

const text = 'name,city\n禾光百貨,Taipei\n"さくら\nドラッグ","Kyōto, ""old"""\n';
const japanese = "名前;住所\n株式会社青葉計器;仙台市青葉区\n森 花;東京都千代田区丸の内\n";

describe("a CSV file", () => {
  test.each([
    ["UTF-8", Buffer.from(text, "utf8"), "utf-8"],
    ["UTF-8 with a byte order mark", Buffer.from("\ufeff" + text, "utf8"), "utf-8"],
    ["UTF-16 with a byte order mark", iconv.encode(text, "utf-16le", { addBOM: true }), "utf-16le"],
    ["UTF-16 without one", iconv.encode("name,city\nKestrel,Leeds\n", "utf-16le"), "utf-16le"],
    ["UTF-16 the other way round", iconv.encode(text, "utf-16be", { addBOM: true }), "utf-16be"],
    ["cp932", iconv.encode(japanese, "cp932"), "cp932"],
  ])("in %s is read as it was written", async (_, bytes, encoding) => {
    const format = detectFormat(bytes);
    expect(format.encoding).toBe(encoding);
    const plain = iconv.decode(bytes, encoding).replace(/^\ufeff/, "");
    const rows = await all(bytes, format);
    expect(rows.map(({ number }) => number)).toEqual(rows.map((_, at) => at + 1));
    const cells = rows.flatMap((row) => Object.values(row.cells));
    expect(cells.length).toBeGreaterThan(1);
    for (const cell of cells) expect(plain).toContain(cell.replaceAll('"', '""'));
  });

  test.each([",", ";", "\t", "|"] as const)("separated by %j tells so itself", (separator) => {
    const bytes = Buffer.from(
      [
        ["a", "b", "c"],
        ["1,5", "x y", "3"],
        ["2,5", "", "4"],
      ]
        .map((it) => it.map((cell) => (cell.includes(separator) ? `"${cell}"` : cell)).join(separator))
        .join("\r\n"),
    );
    expect(detectFormat(bytes).separator).toBe(separator);
    expect(peek(bytes, detectFormat(bytes)).columns).toEqual(["a", "b", "c"]);
  });

  test("keeps line breaks and quotes inside a cell", async () => {
    const rows = await all(Buffer.from(text), { encoding: "utf-8", separator: "," });
    expect(rows[1]?.cells).toEqual({ name: "さくら\nドラッグ", city: 'Kyōto, "old"' });
  });

  test("with a short line has empty cells there", async () => {
    const rows = await all(Buffer.from("a,b,c\n1\n1,2,3,4\n"), { encoding: "utf-8", separator: "," });
    expect(rows.map((row) => row.cells)).toEqual([
      { a: "1", b: "", c: "" },
      { a: "1", b: "2", c: "3" },
    ]);
  });

  test.each([
    ["nothing at all", ""],
    ["empty lines alone", "\n\n\n"],
    ["a head without names", ",,\n1,2,3\n"],
  ])("with %s is refused", (_, content) => {
    const bytes = Buffer.from(content);
    expect(() => peek(bytes, detectFormat(bytes))).toThrow("no head");
  });

  test("with a column that stands twice is refused by its name", () => {
    expect(() => peek(Buffer.from("a,b,a\n1,2,3\n"), { encoding: "utf-8", separator: "," })).toThrow('"a"');
  });

  test("in an encoding that nobody knows is refused", () => {
    expect(() => detectFormat(Buffer.from("a,b"), { encoding: "klingon" })).toThrow("klingon");
  });

  test("does not mistake a column called __proto__ for anything else", async () => {
    const rows = await all(Buffer.from("__proto__,b\nx,y\n"), { encoding: "utf-8", separator: "," });
    expect(Object.entries(rows[0]?.cells ?? {})).toEqual([
      ["__proto__", "x"],
      ["b", "y"],
    ]);
    expect(({} as { x?: string }).x).toBeUndefined();
  });
});
