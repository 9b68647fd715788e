/** Archives that other programs read. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { bundled } from "./bundled.mjs";

const { zip } = await bundled("share/zip.ts");
const { crc32 } = await bundled("share/bytes.ts");

test("the checksum is that of the format", () => {
  assert.equal(crc32(new TextEncoder().encode("123456789")), 0xcbf43926);
});

test("python reads what is written", async () => {
  const entries = [
    { name: "proposed/a.yaml", text: "a: 1\n".repeat(1000) },
    { name: "current/ünï.yaml", text: "💡\n" },
    { name: "empty", text: "" },
  ];
  const directory = mkdtempSync(join(tmpdir(), "zip-"));
  try {
    writeFileSync(join(directory, "a.zip"), await zip(entries));
    const script = "import zipfile,sys; z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; z.extractall(sys.argv[2])";
    execFileSync("python3", ["-c", script, join(directory, "a.zip"), join(directory, "out")]);
    for (const { name, text } of entries) assert.equal(readFileSync(join(directory, "out", name), "utf8"), text);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
