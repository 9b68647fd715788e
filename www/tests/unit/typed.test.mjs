import assert from "node:assert/strict";
import { test } from "node:test";
import { bundled } from "./bundled.mjs";

const { TYPED_CHARS, typed } = await bundled("typed.ts");

/** A state with a text in its only file. */
const stateWith = (text, more = {}) => ({
  revision: 1,
  files: [{ group: "proposed", name: "a.yaml", text }],
  engine: READY,
  view: "trace",
  ...more,
});

const READY = { kind: "ready" };

const lengthOf = (before, after) => typed(stateWith(after, { revision: 2 }), stateWith(before));

test("an edit is as long as what stands between what stayed", () => {
  assert.equal(lengthOf("ab", "acb"), 1);
  assert.equal(lengthOf("acb", "ab"), 1);
  assert.equal(lengthOf("aaa", "aaaa"), 1);
  assert.equal(lengthOf("", "xyz"), 3);
  assert.equal(lengthOf("one two three", "one 2 three"), 3);
  assert.equal(lengthOf("same", "same"), 0);
  const text = "x".repeat(10_000);
  assert.equal(lengthOf(`a${text}b`, `b${text}a`), 10_002);
  assert.ok(TYPED_CHARS < 10_002);
});

test("nothing is typed where anything but a text is another", () => {
  const [file] = stateWith("a").files;
  for (const more of [
    { view: "graph" },
    { files: [] },
    { files: [{ ...file, name: "b.yaml" }] },
    { files: [{ ...file, removed: true }] },
    { files: [file, file] },
    { engine: { kind: "restarted", reason: "silent" } },
  ]) {
    assert.equal(typed(stateWith("a", { revision: 2, ...more }), stateWith("a")), null, JSON.stringify(more));
  }
  assert.equal(typed(stateWith("ab"), stateWith("a")), null);
});
