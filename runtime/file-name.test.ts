import { expect, test } from "vitest";
import { cleanName, savedAs } from "./file-name.ts";

test.each([
  ["Offer 7.pdf", "Offer 7.pdf"],
  ["../../etc/passwd", "etc passwd"],
  ["C:\\temp\\x.txt", "C temp x.txt"],
  ["a\r\nset-cookie: x.txt", "a set-cookie x.txt"],
  ["invoice\u202Efdp.exe", "invoice fdp.exe"],
  ["\0nul\u0000.txt", "nul .txt"],
  ["<script>.svg", "script .svg"],
  ["con.txt", "_con.txt"],
  ["...", "file"],
  ["", "file"],
  [" .hidden. ", "hidden"],
  ["見積書.pdf", "見積書.pdf"],
  ["e\u0301.txt", "\u00e9.txt"],
  [`${"見".repeat(300)}.pdf`, `${"見".repeat(65)}.pdf`],
])("the name %j becomes %j", (given, clean) => expect(cleanName(given, "file")).toBe(clean));

test("a name stands in its header whole, whatever it is made of", () => {
  expect(savedAs("a'b(1)*\"%.txt")).toBe(
    `attachment; filename="a'b(1)*__.txt"; filename*=UTF-8''a%27b%281%29%2A%22%25.txt`,
  );
  expect(savedAs("見.pdf")).toBe(`attachment; filename="_.pdf"; filename*=UTF-8''%E8%A6%8B.pdf`);
});
