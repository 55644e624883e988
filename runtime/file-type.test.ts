import { expect, test } from "vitest";
import { typeOf } from "./file-type.ts";

const bytes = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));

test.each([
  ["%PDF-1.7", "x.html", "application/pdf"],
  ["\x89PNG\r\n\x1a\n", "x.png", "image/png"],
  ["GIF89a/*<script>", "x.js", "image/gif"],
  ["PK\x03\x04", "x.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"],
  ["PK\x03\x04", "x.jar", "application/zip"],
  ["name;city", "x.csv", "text/csv"],
  ["a < b, and 3 <4", "x.html", "text/plain"],
  ["  <svg onload=x>", "x.txt", "application/octet-stream"],
  ["<?xml version='1.0'?>", "x.txt", "application/octet-stream"],
  ["words, then <SCRIPT>", "x.txt", "application/octet-stream"],
  ["\xff\xfe<\0h\0", "x.txt", "application/octet-stream"],
  ["MZ\x90\0", "x.pdf", "application/octet-stream"],
  ["", "x.txt", "text/plain"],
])("%j called %s is %s", (text, name, type) => expect(typeOf(bytes(text), name)).toBe(type));
