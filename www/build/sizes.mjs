/** What the files weigh, and whether that is more than what was recorded. */

import { brotliCompressSync, constants, gzipSync } from "node:zlib";

/** How much larger than its record something may be. */
const GROWTH = 1.05;

/**
 * Bytes of brotli that are never called growth: a script names others by their hashes, which every
 * build draws anew and which compress by chance. Scripts below 2 KB, of which 5 % are less than
 * that, were up to 27 bytes apart for 400 drawings.
 */
export const CHANCE = 64;

/**
 * Most bytes of brotli, so that the page is there within a second where a second brings 3 Mbit:
 * what the engine takes of them for the first result, and what a visit takes that only looks.
 */
export const MOST = { "wasm for the first result": 180_000, "with the editor": 330_000 };

/** Bytes, compressed as much as it goes. */
export function brotli(bytes) {
  return brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
}

/** Sizes of one file in bytes. */
export function sizesOf(bytes) {
  return { raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, brotli: brotli(bytes).length };
}

/**
 * Names with sizes: of the files, whose hashes change and which share names, then of what is loaded
 * before there is a first result, with the editor, and with all that is loaded when it is asked for.
 */
export function rowsOf(files, { first, editor }) {
  const sizes = new Map([...files].map(([name, bytes]) => [name, sizesOf(bytes)]));
  const rows = new Map();
  for (const [name, size] of sizes) {
    const stem = name.replace(/-[0-9A-Z]{8}(?=\.)/, "");
    rows.set(stem, sumOf([rows.get(stem), size]));
  }
  const sorted = [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
  const of = (names) => sumOf([...new Set(names)].map((name) => sizes.get(name)));
  return [
    ...sorted,
    ["for the first result", of(first)],
    ["with the editor", of([...first, ...editor])],
    ["all", of(files.keys())],
  ];
}

function sumOf(sizes) {
  const sum = { raw: 0, gzip: 0, brotli: 0 };
  for (const size of sizes) for (const form of Object.keys(sum)) sum[form] += size?.[form] ?? 0;
  return sum;
}

/** A table for people: rows are names with sizes. */
export function tableOf(rows) {
  const line = (cells) => cells.map((cell, at) => (at === 0 ? String(cell).padEnd(24) : String(cell).padStart(10))).join("");
  return [
    line(["bytes", "raw", "gzip", "brotli"]),
    ...rows.map(([name, { raw, gzip, brotli }]) => line([name, raw, gzip, brotli])),
  ].join("\n");
}

/** What is larger than it may be or than was recorded, or was never recorded, in words. */
export function grown(recorded, sizes) {
  const all = [];
  for (const [name, { brotli }] of sizes) {
    const most = MOST[name] ?? Infinity;
    if (most < brotli) all.push(`${name}: ${brotli} bytes of brotli, at most ${most} are wanted`);
    const old = recorded[name];
    if (old === undefined) all.push(`${name}: never recorded`);
    else if (Math.max(old * GROWTH, old + CHANCE) < brotli) all.push(`${name}: ${brotli} bytes of brotli, recorded are ${old}`);
  }
  return all;
}
