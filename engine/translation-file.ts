import { cellsOf } from "./csv.ts";
import type { SaidKey } from "./documents/document-kind.ts";
import { labelKey, type LabelRow } from "./translation.ts";

/** A translation as it comes back in a file. */
export interface FiledLabel {
  readonly row: LabelRow;
  readonly text: string;
  /** What the translator saw: the text of the file, which may be older than the document's. */
  readonly from: string;
}

const columns = ["address", "key", "source", "text", "state"] as const;

/** The labels of a language as a CSV file, one row each, for whoever translates elsewhere. */
export function translationFile(rows: readonly LabelRow[]): string {
  const lines = rows.map(({ address, key, text, translated = "", state }) => [address, key, text, translated, state]);
  return [[...columns], ...lines].map((line) => `${line.map(quoted).join(",")}\r\n`).join("");
}

const quoted = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/**
 * What a file says otherwise than the labels do, found by address and key; empty texts say nothing. `unknown` are the
 * rows of no label. A file without the columns that are needed says nothing at all: `undefined`.
 */
export function readTranslationFile(
  text: string,
  rows: readonly LabelRow[],
): { readonly changed: readonly FiledLabel[]; readonly unknown: number } | undefined {
  const [head = [], ...lines] = cellsOf(text);
  const at = (name: string) => head.findIndex((it) => it.trim().toLowerCase() === name);
  const [address, key, source, said] = [at("address"), at("key"), at("source"), at("text")];
  if (address < 0 || key < 0 || said < 0) return undefined;
  const known = new Map(rows.map((row) => [labelKey(row.address, row.key), row]));
  const filed = lines.map((line) => ({
    row: known.get(labelKey(line[address] ?? "", (line[key] ?? "") as SaidKey)),
    text: (line[said] ?? "").trim(),
    from: line[source],
  }));
  return {
    changed: filed.flatMap(({ row, text, from = row?.text ?? "" }) =>
      row && text !== "" && text !== row.translated ? [{ row, text, from }] : [],
    ),
    unknown: filed.filter(({ row }) => row === undefined).length,
  };
}
