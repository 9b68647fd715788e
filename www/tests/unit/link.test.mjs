/** Links: what goes in comes out, old ones are read for ever, and no fragment does harm. */

import assert from "node:assert/strict";
import { deflateRawSync } from "node:zlib";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { readExamples } from "../../examples.mjs";
import { bundled } from "./bundled.mjs";

const { encodeLink, decodeLink, equalsBase, LinkError } = await bundled("share/link.ts");
const limits = await bundled("share/limits.ts");

const EXAMPLES = readExamples();
const EXAMPLE = EXAMPLES[0];

const find = (name) => Promise.resolve(EXAMPLES.find((it) => it.name === name) ?? null);

/** What an example is as a link's content. */
function sharedOf(example, change = {}) {
  const { files, images, openshift, view } = example;
  return { files, images, openshift, view, down: [], open: null, version: "0.1.0", kept: new Map(), ...change };
}

function fragmentOf(json) {
  const text = typeof json === "string" ? json : JSON.stringify(json);
  return `#v1.${deflateRawSync(Buffer.from(text)).toString("base64url")}`;
}

async function roundTrip(shared, base) {
  const read = await decodeLink(await encodeLink(shared, base), find);
  assert.deepEqual(read.shared, shared);
  assert.deepEqual(read.notices.filter((it) => !it.includes("newer page")), []);
  return read;
}

test("everything comes back", async () => {
  for (const example of EXAMPLES) {
    await roundTrip(sharedOf(example), example);
    await roundTrip(sharedOf(example), null);
  }
  const [first, ...rest] = EXAMPLE.files;
  const changed = [{ ...first, text: `${first.text}# ünï 💡\n` }, ...rest];
  await roundTrip(sharedOf(EXAMPLE, { files: changed, down: ["mirror.corp.example:8443"], view: "graph" }), EXAMPLE);
  await roundTrip(sharedOf(EXAMPLE, { files: rest, images: "", open: "current/release-idms.yaml" }), EXAMPLE);
  await roundTrip(sharedOf(EXAMPLE, { files: [], release_image: "quay.io/a/b:1" }), EXAMPLE);
  await roundTrip(sharedOf(EXAMPLE, { files: [{ ...first, removed: true }] }), EXAMPLE);
  await roundTrip(sharedOf(EXAMPLE, { kept: new Map([["later", { a: [1, "x"] }]]) }), EXAMPLE);
  await roundTrip(sharedOf(EXAMPLE, { files: [{ ...first, name: "a/b/c.yaml", text: "\u0000\ud7ff\r\n" }] }), EXAMPLE);
});

test("what equals the example is left out", async () => {
  const whole = await encodeLink(sharedOf(EXAMPLE), null);
  const left = await encodeLink(sharedOf(EXAMPLE), EXAMPLE);
  assert.ok(left.length < 120, left);
  assert.ok(whole.length < 2000, `${whole.length}`);
  assert.ok(equalsBase(sharedOf(EXAMPLE), EXAMPLE));
  assert.ok(!equalsBase(sharedOf(EXAMPLE, { view: "conf" }), EXAMPLE));
  assert.ok(!equalsBase(sharedOf(EXAMPLE, { images: "" }), EXAMPLE));
});

test("an example that has changed, or is gone, is told", async () => {
  const link = await encodeLink(sharedOf(EXAMPLE), EXAMPLE);
  const changed = { ...EXAMPLE, files: EXAMPLE.files.slice(1) };
  assert.match((await decodeLink(link, async () => changed)).notices.join(), /has changed/);
  assert.match((await decodeLink(link, async () => null)).notices.join(), /there is no example/);
});

test("links of version 1 are read for ever", async () => {
  const lines = readFileSync(new URL("../links-v1.txt", import.meta.url), "utf8").trim().split("\n");
  assert.ok(lines.length >= 3);
  for (const line of lines) {
    const [link, expected] = line.split("\t");
    const { shared } = await decodeLink(link, find);
    assert.deepEqual({ ...shared, kept: [...shared.kept] }, JSON.parse(expected));
  }
});

test("what is not known is kept, and told", async () => {
  const link = fragmentOf({ files: [], later: { a: 1 }, __proto__x: 1 });
  const { shared, notices } = await decodeLink(link, find);
  assert.deepEqual([...shared.kept.keys()], ["later", "__proto__x"]);
  assert.match(notices.join(), /newer page/);
  const again = await decodeLink(await encodeLink(shared, null), find);
  assert.deepEqual(again.shared.kept, shared.kept);
  const polluted = await decodeLink(fragmentOf('{"files":[],"__proto__":{"polluted":1}}'), find);
  assert.equal({}.polluted, undefined);
  assert.equal(polluted.shared.polluted, undefined);
});

test("other fragments are no links", async () => {
  for (const fragment of ["", "#", "#trace", "#v1", "v", "#x1.abc"]) {
    assert.equal(await decodeLink(fragment, find), null);
  }
});

test("damaged and hostile links end in a sentence", async () => {
  const good = await encodeLink(sharedOf(EXAMPLE), null);
  const file = (change) => fragmentOf({ files: [{ group: "proposed", name: "a.yaml", text: "", ...change }] });
  const links = [
    "#v1.", "#v1.!", "#v1.a", "#v1.AAAA", "#v2.AAAA", "#v9999.AAAA", "#v1.é",
    good.slice(0, -20), good.slice(0, 40), `${good.slice(0, 60)}AAAA${good.slice(64)}`,
    fragmentOf("[]"), fragmentOf("null"), fragmentOf("1"), fragmentOf("{"), fragmentOf(""),
    fragmentOf("[".repeat(1_000_000)), fragmentOf(`{"files":${"[".repeat(100_000)}`),
    fragmentOf({ files: 1 }), fragmentOf({ files: [1] }), fragmentOf({ files: [null] }),
    file({ group: "other" }), file({ name: "" }), file({ name: "../a" }), file({ name: "/a" }), file({ name: "a//b" }),
    file({ name: "a\\b" }), file({ name: "a\nb" }), file({ name: 1 }), file({ name: "a".repeat(limits.MAX_NAME_CHARS + 1) }),
    fragmentOf({ files: Array.from({ length: limits.MAX_FILES + 1 }, (_, i) => ({ group: "current", name: `${i}`, text: "" })) }),
    fragmentOf({ files: [], images: "a".repeat(limits.MAX_IMAGES_CHARS + 1) }),
    fragmentOf({ files: [], down: Array.from({ length: limits.MAX_DOWN + 1 }, () => "a") }),
    `#v1.${"A".repeat(limits.MAX_FRAGMENT_CHARS)}`,
  ];
  for (const link of links) {
    await assert.rejects(decodeLink(link, find), LinkError, link.slice(0, 80));
  }
});

test("odd values of known fields are as if they were absent", async () => {
  const link = fragmentOf({ files: [], openshift: 4.18, images: ["x"], down: [1, "a"], view: "nope", open: {}, version: [] });
  const { shared } = await decodeLink(link, find);
  assert.deepEqual(shared, {
    files: [], openshift: "", images: "", down: ["a"], view: "trace", open: null, version: null, kept: new Map(),
  });
});

test("a bomb is not taken in", async () => {
  const before = process.memoryUsage().arrayBuffers;
  const bomb = `#v1.${deflateRawSync(Buffer.alloc(400 << 20), { level: 9 }).toString("base64url")}`;
  assert.ok(bomb.length < limits.MAX_FRAGMENT_CHARS);
  const start = performance.now();
  await assert.rejects(decodeLink(bomb, find), /holds more than 8388608 bytes/);
  assert.ok(performance.now() - start < 2000);
  assert.ok(process.memoryUsage().arrayBuffers - before < 500 << 20);
});

test("nothing is written that would not be read", async () => {
  const shared = (change) => sharedOf({ files: [], images: "", openshift: "", view: "trace" }, change);
  const file = (name, text = "") => ({ group: "proposed", name, text });
  const files = (n) => Array.from({ length: n }, (_, i) => file(`${i}`));
  const within = [
    { files: files(limits.MAX_FILES) },
    { images: "a".repeat(limits.MAX_IMAGES_CHARS) },
    { down: Array.from({ length: limits.MAX_DOWN }, () => "a") },
    { files: [file("a".repeat(limits.MAX_NAME_CHARS))] },
    { openshift: "a".repeat(limits.MAX_WORD_CHARS) },
    { files: [file("a", "a".repeat(limits.MAX_JSON_BYTES - 200))] },
  ];
  for (const change of within) await roundTrip(shared(change), null);
  let noise = "";
  for (let state = 1; noise.length < limits.MAX_FRAGMENT_CHARS; state = (state * 48271) % 0x7fffffff) noise += state.toString(36);
  const beyond = [
    { files: files(limits.MAX_FILES + 1) },
    { images: "a".repeat(limits.MAX_IMAGES_CHARS + 1) },
    { down: Array.from({ length: limits.MAX_DOWN + 1 }, () => "a") },
    { files: [file("a".repeat(limits.MAX_NAME_CHARS + 1))] },
    { files: [file("../a")] },
    { openshift: "a".repeat(limits.MAX_WORD_CHARS + 1) },
    { files: [file("a", "a".repeat(limits.MAX_JSON_BYTES))] },
    { files: [file("a", noise + noise)] },
  ];
  for (const change of beyond) await assert.rejects(encodeLink(shared(change), null), LinkError);
});

test("links of the command line say what it was given", async () => {
  const lines = readFileSync(new URL("../links-cli.txt", import.meta.url), "utf8").trim().split("\n");
  const reads = await Promise.all(lines.map((line) => decodeLink(line.slice(line.indexOf("#")), find)));
  const names = reads.map(({ shared }) => shared.files.map(({ group, name }) => `${group}/${name}`));
  const example = (name) => EXAMPLES.find((it) => it.name === name);
  const textOf = (files, group, name) => files.find((file) => file.group === group && file.name === name)?.text;
  for (const [at, name] of [[0, "disconnected"], [1, "refused"], [3, "leak"]]) {
    const { files } = example(name);
    const expected = files.filter((file) => at !== 0 || file.group === "proposed");
    assert.equal(names[at].length, expected.length);
    for (const file of expected) assert.equal(textOf(reads[at].shared.files, file.group, file.name), file.text);
  }
  assert.deepEqual(reads.map(({ shared }) => shared.view), ["trace", "trace", "trace", "changes"]);
  assert.equal(reads[0].shared.openshift, "4.14");
  assert.equal(reads[2].shared.images.split("\n").length, 4);
  assert.match(reads[3].shared.release_image, /ocp-release:4\.18\.1/);
  assert.deepEqual(reads.flatMap(({ notices }) => notices), []);
});
