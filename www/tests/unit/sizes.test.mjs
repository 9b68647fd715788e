/** What the build calls grown, on each side of every bound. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { CHANCE, grown, MOST } from "../../build/sizes.mjs";

/** Whether something of so many bytes is refused where others were recorded. */
function isRefused(name, recorded, brotli) {
  return grown({ [name]: recorded }, [[name, { brotli }]]).length > 0;
}

test("a script may grow by 5 %", () => {
  assert.equal(isRefused("main.js", 10_000, 10_500), false);
  assert.equal(isRefused("main.js", 10_000, 10_501), true);
});

test("hashes in the names that a short script imports compress by chance", () => {
  assert.equal(isRefused("rest.js", 114, 114 + CHANCE), false);
  assert.equal(isRefused("rest.js", 114, 115 + CHANCE), true);
});

test("some sums have a most, whatever was recorded", () => {
  for (const [name, most] of Object.entries(MOST)) {
    assert.equal(isRefused(name, most, most), false, name);
    assert.equal(isRefused(name, 2 * most, most + 1), true, name);
  }
});

test("what was never recorded is refused by name", () => {
  assert.deepEqual(grown({}, [["new.js", { brotli: 1 }]]), ["new.js: never recorded"]);
});
