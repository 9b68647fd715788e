/** The same sources give the same bytes. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { WWW } from "../../build/places.mjs";

const DIST = `${WWW}dist`;

const isBuilt = existsSync(`${DIST}/index.html`);

test("a second build is the first one", { skip: isBuilt ? false : "the page is not built: cargo xtask page" }, () => {
  const out = mkdtempSync(join(tmpdir(), "pullproof-page-"));
  try {
    execFileSync("node", [`${WWW}build.mjs`, "--out", out]);
    const names = (directory) => readdirSync(directory).filter((name) => !name.startsWith("."));
    assert.deepEqual(names(out), names(DIST));
    for (const name of names(out)) {
      assert.ok(readFileSync(join(out, name)).equals(readFileSync(join(DIST, name))), name);
    }
  } finally {
    rmSync(out, { recursive: true });
  }
});
