import assert from "node:assert/strict";
import { test } from "node:test";
import { bundled } from "./bundled.mjs";

const { diffLines, hunks, linesOf, MAX_EDITS } = await bundled("diff.ts");

const MARKS = { same: " ", removed: "-", added: "+" };

function written(lines) {
  return lines.map((line) => `${MARKS[line.kind]}${line.text}`).join("\n");
}

/** What a diff says one of the two texts is. */
function side(diff, kind) {
  return diff.lines.filter((line) => line.kind === "same" || line.kind === kind).map((line) => line.text);
}

function text(n_lines, lineOf) {
  return Array.from({ length: n_lines }, (_, idx) => `${lineOf(idx)}\n`).join("");
}

test("lines are told apart, an empty one after the last end is none", () => {
  assert.deepEqual(linesOf(""), []);
  assert.deepEqual(linesOf("a"), ["a"]);
  assert.deepEqual(linesOf("a\n"), ["a"]);
  assert.deepEqual(linesOf("a\n\n"), ["a", ""]);
});

test("changes are told in the fewest edits, removed lines first", () => {
  const check = (before, after, expected) => {
    const diff = diffLines(before.split("").join("\n"), after.split("").join("\n"));
    assert.equal(written(diff.lines), expected.split(" | ").join("\n"), `${before} to ${after}`);
    assert.equal(diff.isCoarse, false);
  };
  check("", "", "");
  check("abc", "abc", " a |  b |  c");
  check("", "ab", "+a | +b");
  check("ab", "", "-a | -b");
  check("abc", "axc", " a | -b | +x |  c");
  check("abc", "bcd", "-a |  b |  c | +d");
  check("ab", "aab", " a | +a |  b");
  check("abab", "ab", " a |  b | -a | -b");
});

test("lines count from 1 in each text", () => {
  assert.deepEqual(diffLines("a\nb\n", "b\nc\n").lines, [
    { kind: "removed", text: "a", before: 1 },
    { kind: "same", text: "b", before: 2, after: 1 },
    { kind: "added", text: "c", after: 2 },
  ]);
});

test("both texts can be had back, for every pair of short ones", () => {
  const texts = [""];
  for (let at = 0; at < texts.length && texts[at].length < 5; at += 1) {
    texts.push(...["a", "b", "c"].map((letter) => texts[at] + letter));
  }
  const some = texts.filter((_, idx) => idx % 5 === 0 || idx < 40);
  for (const before of some) {
    for (const after of some) {
      const diff = diffLines(before.split("").join("\n"), after.split("").join("\n"));
      assert.equal(side(diff, "removed").join(""), before);
      assert.equal(side(diff, "added").join(""), after);
      assert.equal(diff.n_removed + diff.n_added, before.length + after.length - 2 * common(before, after));
    }
  }
});

/** The length of the longest common subsequence, by the definition. */
function common(before, after) {
  const row = new Array(after.length + 1).fill(0);
  for (const was of before) {
    let corner = 0;
    for (let at = 1; at <= after.length; at += 1) {
      const above = row[at];
      row[at] = was === after[at - 1] ? corner + 1 : Math.max(above, row[at - 1]);
      corner = above;
    }
  }
  return row[after.length];
}

test("at the bound the fewest edits are told, above it all between the ends", () => {
  const changed = (n_changed) => {
    const n_lines = 3 * MAX_EDITS;
    const before = text(n_lines, (idx) => `line ${idx}`);
    const after = text(n_lines, (idx) => (idx % 2 === 1 && idx < 2 * n_changed ? `changed ${idx}` : `line ${idx}`));
    return diffLines(before, after);
  };
  const below = changed(MAX_EDITS / 2);
  assert.equal(below.isCoarse, false);
  assert.equal(below.n_added, MAX_EDITS / 2);
  assert.equal(below.n_removed, MAX_EDITS / 2);
  const above = changed(MAX_EDITS / 2 + 1);
  assert.equal(above.isCoarse, true);
  assert.equal(above.lines[0].kind, "same");
  assert.equal(above.n_added, MAX_EDITS + 1);
  assert.equal(side(above, "removed").length, 3 * MAX_EDITS);
});

test("hunks keep three lines around changes and count what they leave out", () => {
  const before = text(40, (idx) => idx);
  const after = before.replace("10\n", "ten\n").replace("15\n", "fifteen\n").replace("30\n", "");
  const found = hunks(diffLines(before, after));
  assert.deepEqual(
    found.map(({ n_skipped, lines }) => [n_skipped, lines[0].text, lines.at(-1).text]),
    [
      [7, "7", "18"],
      [8, "27", "33"],
    ],
  );
  assert.deepEqual(hunks(diffLines(before, before)), []);
});
