/** What the field for images asks of the engine. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { bundled } from "./bundled.mjs";

const { MAX_IMAGES, asked } = await bundled("inputs.ts");

test("images are asked for once, one a line, and not without end", () => {
  assert.deepEqual(asked("a\n\n  b \r\n# c\na\n"), ["a", "b"]);
  const many = (n) => Array.from({ length: n }, (_, at) => `quay.io/a/b:${at}`);
  assert.equal(asked(many(MAX_IMAGES).join("\n")).length, MAX_IMAGES);
  assert.deepEqual(asked(many(MAX_IMAGES + 1).join("\n")), many(MAX_IMAGES));
});
