import assert from "node:assert/strict";
import { test } from "node:test";
import { bundled } from "./bundled.mjs";
import { GRAPH } from "./states.mjs";

const { nextNode } = await bundled("views/graph-keys.ts");
const { CHARS_MAX, edgeLabel, facts, labelOf, told } = await bundled("views/graph-words.ts");
const { nextIndex } = await bundled("views/roving.ts");
const { change, freeName } = await bundled("views/migration.ts");
const { fatesOf } = await bundled("views/changes.ts");
const { isWithin } = await bundled("views/rollout.ts");
const { MAX_LINES, countsOf, difference, differenceOf } = await bundled("views/difference.ts");
const { html } = await bundled("dom.ts");

test("arrow keys lead along columns and edges, and nowhere at their ends", () => {
  const check = (from, key, expected) => assert.equal(nextNode(GRAPH, from, key), expected, `${from} ${key}`);
  check("scope a", "ArrowDown", "scope b");
  check("scope a", "ArrowUp", null);
  check("scope b", "ArrowUp", "scope a");
  check("scope b", "ArrowDown", null);
  check("scope a", "End", "scope b");
  check("scope a", "Home", null);
  check("scope a", "ArrowRight", "at a");
  check("at m", "ArrowLeft", "scope a");
  check("at a", "ArrowDown", "at m");
  check("at a", "End", "at b");
  check("at a", "ArrowRight", null);
  check("scope a", "x", null);
  check("gone", "ArrowDown", null);
});

test("keys of a list lead to its other parts", () => {
  const check = (key, at, expected) => assert.equal(nextIndex(key, at, 3), expected, `${key} ${at}`);
  check("ArrowDown", 0, 1);
  check("ArrowDown", 2, null);
  check("ArrowUp", 0, null);
  check("ArrowUp", 2, 1);
  check("Home", 2, 0);
  check("Home", 0, null);
  check("End", 0, 2);
  check("Tab", 0, null);
  check("ArrowDown", -1, null);
});

test("nodes and edges are told in words", () => {
  assert.deepEqual(facts(GRAPH, GRAPH.nodes[0]), [
    "1. mirror.example/a: pulls by digest",
    "2. dead.example/a: all pulls, nothing is ever sent",
  ]);
  assert.deepEqual(facts(GRAPH, GRAPH.nodes[4]), ["endpoint 1 of registry.example/b: all pulls, after all mirrors"]);
  assert.match(told(GRAPH, GRAPH.nodes[3]), /^dead\.example\/a mirror; never asked: it is blocked; endpoint 2/);
  const long = { ...GRAPH.nodes[3], title: `host.example/${"a".repeat(40)}` };
  assert.match(told(GRAPH, long), /^host\.example\/a{13}…a{14} mirror; in full host\.example\/a{40};/);
  assert.deepEqual(GRAPH.edges.map(edgeLabel), ["2", "1 digest", "1"]);
});

test("labels are a host and a path, whole where they fit", () => {
  const check = (change, expected) => assert.deepEqual(labelOf({ kind: "mirror", label: "x", ...change }), expected);
  check({ title: "registry.example" }, ["registry.example"]);
  check({ title: "registry.example:5000/a/b" }, ["registry.example:5000", "/a/b"]);
  const fits = `/${"a".repeat(CHARS_MAX - 1)}`;
  check({ title: `h${fits}` }, ["h", fits]);
  assert.equal(labelOf({ kind: "mirror", label: "x", title: `h${fits}a` })[1].length, CHARS_MAX);
  check({ kind: "more", label: "12 more", title: "quay.io/x" }, ["12 more"]);
});

test("a migration deletes current files and proposes new ones, and changes proposed ones in place", () => {
  const current = { group: "current", name: "a.yaml", text: "old" };
  const proposed = { group: "proposed", name: "a.yaml", text: "old, too" };
  const other = { group: "current", name: "b.yaml", text: "b" };
  const news = [
    { file: "current/a.yaml", text: "new" },
    { file: "proposed/a.yaml", text: "new, too" },
    { file: "current/b.yaml", text: "b" },
  ];
  assert.deepEqual(change([current, proposed, other], news), {
    files: [{ ...current, removed: true }, proposed, other],
    added: [{ group: "proposed", name: "a-2.yaml", text: "new" }],
    replaced: [{ file: "proposed/a.yaml", text: "new, too" }],
  });
});

test("names that are taken get a number", () => {
  const check = (name, taken, expected) => assert.equal(freeName(name, new Set(taken)), expected);
  check("a.yaml", [], "a.yaml");
  check("a.yaml", ["a.yaml"], "a-2.yaml");
  check("a.yaml", ["a.yaml", "a-2.yaml"], "a-3.yaml");
  check("a", ["a"], "a-2");
  check(".a", [".a"], ".a-2");
});

test("endpoints are the same, gone, new or moved", () => {
  const check = (before, after, expected) => assert.deepEqual(fatesOf(before, after), expected);
  check(["a", "b"], ["a", "b"], { before: ["same", "same"], after: ["same", "same"] });
  check(["a"], [], { before: ["gone"], after: [] });
  check(["a", "b"], ["c", "b"], { before: ["gone", "same"], after: ["new", "same"] });
  check(["a", "b"], ["b", "a"], { before: ["moved", "same"], after: ["same", "moved"] });
});

test("releases are numbers, not texts", () => {
  assert.equal(isWithin("4.9", "4.8", "4.15"), true);
  assert.equal(isWithin("4.16", "4.8", "4.15"), false);
  assert.equal(isWithin("4.7", "4.8", "4.15"), false);
  assert.equal(isWithin("4.8", "4.8", "4.8"), true);
  assert.equal(isWithin("5.0", "4.16", "5.2"), true);
});

test("counts of a difference are words", () => {
  const check = (before, after, expected) => assert.equal(countsOf(differenceOf(before, after)), expected);
  check("a\n", "a\n", "no line differs");
  check("a\n", "a\nb\nc\n", "2 lines added");
  check("a\n", "", "1 line removed");
  check("a\nb\n", "c\n", "1 line added, 2 removed");
});

test("as many lines of a difference are shown as fit, and the rest is counted", () => {
  const text = (n) => Array.from({ length: n }, (_, idx) => `${idx}\n`).join("");
  assert.doesNotMatch(html(difference("", text(MAX_LINES), "x")), /not shown here/);
  assert.match(html(difference("", text(MAX_LINES + 1), "x")), /1 more line not shown here/);
});
