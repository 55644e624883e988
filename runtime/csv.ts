import { isUtf8 } from "node:buffer";
import { Readable } from "node:stream";
import { analyse } from "chardet";
import { parse as parseStream, type CsvError } from "csv-parse";
import { parse as parseText } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import { problem } from "engine";
import iconv from "iconv-lite";

const separators = [",", ";", "\t", "|"] as const;
export type Separator = (typeof separators)[number];

/** How a file is written. */
export interface CsvFormat {
  readonly encoding: string;
  readonly separator: Separator;
}

/** One row below the head: its number, counted from 1, and its cells by column. */
export interface CsvRow {
  readonly number: number;
  readonly cells: Readonly<Record<string, string>>;
}

const sampleBytes = 256 * 1024;

/**
 * Finds encoding and separator of a file: a byte order mark first, then valid UTF-8, then statistics (chardet) over its
 * beginning. What the caller knows better wins.
 */
export function detectFormat(bytes: Uint8Array, known: Partial<CsvFormat> = {}): CsvFormat {
  const encoding = known.encoding ?? encodingOf(bytes);
  if (!iconv.encodingExists(encoding)) throw problem("csv.encoding_unknown", { encoding, path: "/format/encoding" });
  return { encoding, separator: known.separator ?? separatorOf(decoded(bytes.subarray(0, sampleBytes), encoding)) };
}

/** The names in the head of the file, and its first rows. Throws where there is nothing to read. */
export function peek(
  bytes: Uint8Array,
  format: CsvFormat,
  rows = 5,
): { columns: string[]; rows: Record<string, string>[] } {
  const text = decoded(bytes.subarray(0, sampleBytes), format.encoding);
  const lines = parsed(text, format.separator, rows + 1);
  const columns = columnsOf(lines[0]);
  return { columns, rows: lines.slice(1).map((line) => cellsOf(columns, line)) };
}

/** Reads all rows below the head, one after the other; empty lines are passed over. */
export async function* readRows(bytes: AsyncIterable<Uint8Array>, format: CsvFormat): AsyncGenerator<CsvRow> {
  const parser = Readable.from(bytes)
    .pipe(iconv.decodeStream(format.encoding))
    .pipe(parseStream({ ...options(format.separator), max_record_size: 4_000_000 }));
  let columns: string[] | undefined;
  let number = 0;
  try {
    for await (const line of parser as AsyncIterable<string[]>) {
      if (columns) yield { number: ++number, cells: cellsOf(columns, line) };
      else columns = columnsOf(line);
    }
  } catch (error) {
    throw isCsvError(error) ? problem("csv.malformed", { line: error.lines ?? 0, fault: error.message }) : error;
  }
  if (!columns) throw problem("csv.empty", {});
}

const options = (delimiter: Separator) => ({
  delimiter,
  bom: true,
  relax_column_count: true,
  relax_quotes: true,
  skip_empty_lines: true,
});

function encodingOf(bytes: Uint8Array): string {
  const [first, second, third] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) return "utf-8";
  if (first === 0xff && second === 0xfe) return "utf-16le";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  const sample = bytes.subarray(0, sampleBytes);
  const zeros = [0, 1].map((parity) => sample.filter((byte, at) => byte === 0 && at % 2 === parity).length);
  if ((zeros[1] ?? 0) > sample.length / 8) return "utf-16le";
  if ((zeros[0] ?? 0) > sample.length / 8) return "utf-16be";
  if (isUtf8(bytes)) return "utf-8";
  const guess = analyse(sample).find(({ name }) => name !== "UTF-8" && iconv.encodingExists(name));
  return guess?.name === "Shift_JIS" ? "cp932" : (guess?.name.toLowerCase() ?? "windows-1252");
}

/** The separator that cuts the first lines into the most columns of equal number. */
function separatorOf(text: string): Separator {
  const scored = separators.map((separator) => {
    const widths = parsed(text, separator, 20).map((line) => line.length);
    const width = widths[0] ?? 0;
    return {
      separator,
      score: width < 2 ? 0 : (widths.filter((it) => it === width).length / widths.length) * Math.log(width),
    };
  });
  return scored.reduce((best, it) => (it.score > best.score ? it : best)).separator;
}

/** The first lines of a text. Where it breaks off inside a cell, those that stood whole before. */
function parsed(text: string, separator: Separator, to: number): string[][] {
  const lines: string[][] = [];
  const keep = (line: string[]) => (lines.push(line), line);
  try {
    parseText(text, { ...options(separator), to, on_record: keep });
  } catch (error) {
    if (!isCsvError(error)) throw error;
  }
  return lines;
}

function columnsOf(line: readonly string[] | undefined): string[] {
  const columns = (line ?? []).map((name) => name.trim());
  if (columns.every((name) => name === "")) throw problem("csv.empty", {});
  const twice = columns.find((name, at) => name !== "" && columns.indexOf(name) !== at);
  if (twice !== undefined) throw problem("csv.column_twice", { column: twice });
  return columns;
}

function cellsOf(columns: readonly string[], line: readonly string[]): Record<string, string> {
  return Object.fromEntries(columns.flatMap((name, at) => (name === "" ? [] : [[name, line[at] ?? ""] as const])));
}

function decoded(bytes: Uint8Array, encoding: string): string {
  return iconv.decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), encoding);
}

function isCsvError(error: unknown): error is CsvError & { lines?: number } {
  return error instanceof Error && "code" in error && String(error.code).startsWith("CSV_");
}

/** One line of a CSV file (RFC 4180): cells in quotes where they need them. */
export function csvLine(cells: readonly string[]): string {
  return stringify([[...cells]], { record_delimiter: "\r\n" });
}
