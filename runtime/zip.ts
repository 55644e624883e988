import { crc32, deflateRawSync, inflateRawSync } from "node:zlib";
import { fault, problem, refuse, type Fault } from "engine";

/** Files by their paths. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** What an archive from outside may hold at most. */
export interface ZipLimits {
  readonly files: number;
  /** All files together, unpacked. */
  readonly bytes: number;
  readonly depth: number;
}

const signature = { local: 0x04034b50, central: 0x02014b50, end: 0x06054b50 };
/** The first of January 1980, as a zip writes it: the same files make the same archive at any time. */
const epoch = 0x00210000;

/** Packs files, in the order of their paths; the same files make the same bytes. */
export function zip(files: Files): Buffer {
  const parts: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [path, bytes] of [...files].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const name = Buffer.from(path, "utf8");
    const packed = deflateRawSync(bytes, { level: 9 });
    const head = Buffer.alloc(26);
    head.writeUInt16LE(20, 0);
    head.writeUInt16LE(0x0800, 2);
    head.writeUInt16LE(8, 4);
    head.writeUInt32LE(epoch, 6);
    head.writeUInt32LE(crc32(bytes), 10);
    head.writeUInt32LE(packed.length, 14);
    head.writeUInt32LE(bytes.length, 18);
    head.writeUInt16LE(name.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    parts.push(number(signature.local), head, name, packed);
    central.push(number(signature.central), Buffer.from([20, 0]), head, place, name);
    offset += 4 + head.length + name.length + packed.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.size, 4);
  end.writeUInt16LE(files.size, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...parts, directory, number(signature.end), end]);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** Unpacks what somebody sent: nothing outside of its own folder, nothing larger than allowed; all faults are told. */
export function unzip(bytes: Uint8Array, limits: ZipLimits): Files {
  try {
    return unpack(Buffer.from(bytes), limits);
  } catch (error) {
    if (error instanceof RangeError || (error instanceof Error && "code" in error))
      throw problem("package.malformed", { why: "is no zip archive that can be read" });
    throw error;
  }
}

function unpack(bytes: Buffer, limits: ZipLimits): Files {
  const end = bytes.lastIndexOf(number(signature.end));
  if (end < 0) throw problem("package.malformed", { why: "is no zip archive" });
  const count = bytes.readUInt16LE(end + 10);
  if (count > limits.files) throw problem("package.malformed", { why: `has more than ${limits.files} files` });
  const files = new Map<string, Uint8Array>();
  const faults: Fault[] = [];
  let left = limits.bytes;
  let at = bytes.readUInt32LE(end + 16);
  for (let n = 0; n < count; n++) {
    if (bytes.readUInt32LE(at) !== signature.central) throw problem("package.malformed", { why: "is damaged" });
    const [nameLength, extra, comment] = [28, 30, 32].map((place) => bytes.readUInt16LE(at + place)) as [
      number,
      number,
      number,
    ];
    const path = bytes.toString("utf8", at + 46, at + 46 + nameLength);
    const why = wrongPath(path, limits) ?? (files.has(path) ? "comes twice" : undefined);
    if (why !== undefined) faults.push(wrong(path, why));
    else if (!path.endsWith("/")) {
      const file = content(bytes, at, left);
      if (file === undefined) throw problem("package.malformed", { why: "is larger than allowed, or damaged" });
      left -= file.length;
      files.set(path, file);
    }
    at += 46 + nameLength + extra + comment;
  }
  refuse(faults.slice(0, 100));
  return files;
}

/** One file; undefined where it is not what the directory says of it, or too large. */
function content(bytes: Buffer, at: number, bytesMax: number): Uint8Array | undefined {
  const [method, packed, size, place] = [
    bytes.readUInt16LE(at + 10),
    bytes.readUInt32LE(at + 20),
    bytes.readUInt32LE(at + 24),
    bytes.readUInt32LE(at + 42),
  ];
  if (size > bytesMax || bytes.readUInt32LE(place) !== signature.local) return undefined;
  const start = place + 30 + bytes.readUInt16LE(place + 26) + bytes.readUInt16LE(place + 28);
  const given = bytes.subarray(start, start + packed);
  if (given.length !== packed || (method !== 0 && method !== 8)) return undefined;
  const file = method === 0 ? given : inflateRawSync(given, { maxOutputLength: Math.max(1, size) });
  return file.length === size && crc32(file) === bytes.readUInt32LE(at + 16) ? file : undefined;
}

function wrongPath(path: string, { depth }: ZipLimits): string | undefined {
  const steps = path.split("/");
  if (path.startsWith("/") || steps.includes("..") || steps.includes(".")) return "leaves its folder";
  if (steps.length > depth) return `lies deeper than ${depth} folders`;
  return /^[A-Za-z0-9_./-]{1,200}$/.test(path) ? undefined : "has a name that is not allowed";
}

const wrong = (path: string, why: string) => fault("package.file", { file: path.slice(0, 120), why, path: `/${path}` });
