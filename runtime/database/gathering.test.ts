import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { gather } from "./gathering.ts";

test("what is written in one turn goes out as one piece and in its order, a last word with an answer too", async () => {
  const stream = new PassThrough();
  const pieces: string[] = [];
  stream.on("data", (piece: Buffer) => pieces.push(piece.toString()));
  gather(stream);
  const bytes = (text: string) => Buffer.from(text);
  for (const text of ["one ", "two ", "three"]) stream.write(bytes(text));
  await new Promise((done) => setImmediate(done));
  stream.write(bytes("four"));
  await new Promise((done) => stream.write(bytes("five"), done));
  expect(pieces).toEqual(["one two three", "four", "five"]);
});
