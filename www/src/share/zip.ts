/** ZIP files, written with what browsers compress with. */

import { crc32, deflate, joined } from "./bytes";

/** A file to put into one. */
export interface ZipEntry {
  /** A path with `/`, without a start in `/` and without `..`. */
  name: string;
  text: string;
}

/** Version of the format that knows compression: 2.0. */
const VERSION = 20;
/** Names are in UTF-8. */
const FLAGS = 1 << 11;
const DEFLATED = 8;
const STORED = 0;
/** 1980-01-01, the first day that the format knows: equal files make equal archives. */
const DATE = (1 << 5) | 1;

/** The bytes of an archive. */
export async function zip(entries: readonly ZipEntry[]): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = new TextEncoder().encode(entry.name);
    const bytes = new TextEncoder().encode(entry.text);
    const deflated = await deflate(bytes);
    const [method, data] = deflated.length < bytes.length ? [DEFLATED, deflated] : [STORED, bytes];
    // What the header of an entry and its line in the directory have in common.
    const common = [
      ...u16(VERSION, FLAGS, method, 0, DATE),
      ...u32(crc32(bytes), data.length, bytes.length),
      ...u16(name.length, 0),
    ];
    const header = Uint8Array.from([...u32(0x04034b50), ...common]);
    const line = [...u32(0x02014b50), ...u16(VERSION), ...common, ...u16(0, 0, 0), ...u32(0, offset)];
    directory.push(Uint8Array.from(line), name);
    parts.push(header, name, data);
    offset += header.length + name.length + data.length;
  }
  const listed = joined(directory);
  const n = entries.length;
  const end = Uint8Array.from([
    ...u32(0x06054b50),
    ...u16(0, 0, n, n),
    ...u32(listed.length, offset),
    ...u16(0),
  ]);
  return joined([...parts, listed, end]);
}

function u16(...numbers: number[]): number[] {
  return numbers.flatMap((it) => [it & 0xff, (it >>> 8) & 0xff]);
}

function u32(...numbers: number[]): number[] {
  return numbers.flatMap((it) => [...u16(it), ...u16(it >>> 16)]);
}
