/** Redaction: no private name is left, and all names that were one are still one. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { bundled } from "./bundled.mjs";
import { readExamples } from "../../examples.mjs";

const { reduced } = await bundled("share/prepare.ts");
const { redact } = await bundled("share/redact.ts");
const { withoutComments } = await bundled("share/comments.ts");
const { hasSecrets } = await bundled("share/secrets.ts");

function one(text) {
  return redact([{ group: "proposed", name: "a.yaml", text }], "", []).files[0].text;
}

test("public hosts, groups of APIs and what only looks like a host stay", () => {
  const texts = [
    "- source: quay.io/org/app",
    "- registry.redhat.io/ubi9",
    "apiVersion: config.openshift.io/v1",
    "apiVersion: internal.acme.com/v1",
    "operators.openshift.org/catalog: \"true\"",
    "image: quay.io/org/my.app:1.2.3-rc.el9",
    "- image-registry.openshift-image-registry.svc:5000",
    "# see mirrors.yaml and 4.18",
    "- localhost:5000/a",
    "- 127.0.0.1:5000/a",
    "- ubi9:9",
  ];
  for (const text of texts) assert.equal(one(text), text);
});

test("private hosts go wherever they stand, and lengths stay", () => {
  const texts = [
    ["- mirror.acme.com:8443/ocp", "mirror acme"],
    ["- source: \"*.acme.com\"", "acme"],
    ["- source: \"*.acme\"", "acme"],
    ["- https://mirror.acme.com/ocp", "mirror acme"],
    ["# ask admin@acme.com about dr-mirror.acme.com", "mirror acme"],
    ["image=mirror.acme.com/a:1", "mirror acme"],
    ["- MIRROR.Acme.com/x", "mirror acme"],
    ["- bastion:5000/x", "bastion"],
    ["- _odd.acme.com/x", "acme"],
    ["quay.io/org/app@sha256:abc=mirror.acme.com/x", "mirror acme"],
  ];
  for (const [text, words] of texts) {
    const redacted = one(text);
    for (const word of words.split(" ")) assert.ok(!redacted.toLowerCase().includes(word), redacted);
    assert.equal(redacted.length, text.length, redacted);
  }
  assert.match(one("- 10.0.3.4:5000/x"), /^- 192\.0\.2\.1:5000\/x$/);
});

test("one name is one other name in all files, images and hosts that are down", () => {
  const files = [
    { group: "proposed", name: "mirror.acme.com.yaml", text: "- mirror.acme.com:5000/a\n- dr.acme.com/b" },
    { group: "current", name: "b.yaml", text: "- \"*.acme.com\"\n- mirror1.acme.com" },
  ];
  const { files: [a, b], images, down, n_hosts } = redact(files, "mirror.acme.com:5000/a:1\nquay.io/a", ["mirror.acme.com"]);
  const [, mirror, domain] = /^- (\w+)\.(\w+)\.com:5000\/a\n- dr\.\w+\.com\/b$/.exec(a.text.replace(/\n- \w\w/, "\n- dr"));
  assert.equal(b.text, `- "*.${domain}.com"\n- ${mirror}1.${domain}.com`);
  assert.equal(images, `${mirror}.${domain}.com:5000/a:1\nquay.io/a`);
  assert.deepEqual(down, [`${mirror}.${domain}.com`]);
  assert.equal(n_hosts, 4);
});

test("different names stay different, however many", () => {
  const hosts = Array.from({ length: 2000 }, (_, i) => {
    const word = [i % 26, Math.floor(i / 26) % 26, Math.floor(i / 676)].map((it) => String.fromCharCode(97 + it)).join("");
    return `x${word}.acme.com`;
  });
  const fakes = one(hosts.map((host) => `- ${host}/a`).join("\n")).split("\n");
  assert.equal(new Set(fakes).size, hosts.length);
});

test("the same input has the same fakes", () => {
  const [example] = readExamples();
  assert.deepEqual(redact(example.files, example.images, []), redact(example.files, example.images, []));
});

test("what a star stands for stays, too", () => {
  assert.match(one("- \"*.test\"\n- registry.testing.test/a"), /^- "\*\.test"\n- [a-z]{8}\.test[a-z]{3}\.test\/a$/);
  const redacted = one("- \"*.acme.com\"\n- x.acmecorp.com/a\n");
  const [, head] = /\*\.(\w+)\.com/.exec(redacted);
  assert.match(redacted, new RegExp(`\\w\\.${head}[a-z]{4}\\.com/a`));
});

test("comments go, and text that has their sign stays", () => {
  const check = (text, expected) => assert.equal(withoutComments(text), expected);
  check("a: 1 # b\n# c\nd: 2\n", "a: 1\nd: 2\n");
  check("a: 'x # y' # z\nb: \"it's # 1\"\n", "a: 'x # y'\nb: \"it's # 1\"\n");
  check("a: it's # z\n", "a: it's\n");
  check("a: b#c\n", "a: b#c\n");
  check("a: \"x\n  # y\"\n# z\n", "a: \"x\n  # y\"\n");
  check("a: |\n  # text\n\n  more\nb: 1 # c\n", "a: |\n  # text\n\n  more\nb: 1\n");
  check("# pullproof: ignore[self-mirror] -- known\na: 1 # x\n", "# pullproof: ignore[self-mirror] -- known\na: 1\n");
  check("a: 1 # b\r\nc: 2\r\n", "a: 1\r\nc: 2\r\n");
  check("", "");
});

test("credentials are noticed", () => {
  const secret = [
    '{"auths":{"quay.io":{"auth":"x"}}}',
    "auths:\n  quay.io: {}\n",
    "pullSecret: '{}'\n",
    "kind: Secret\n",
    '{"kind":"Secret"}',
    "data:\n  .dockerconfigjson: eyJ\n",
    "-----BEGIN RSA PRIVATE KEY-----\n",
    "- https://robot:hunter2@quay.io/org\n",
    "    password: hunter2\n",
  ];
  for (const text of secret) assert.ok(hasSecrets(text), text);
  for (const example of readExamples()) {
    for (const file of example.files) assert.ok(!hasSecrets(file.text), file.name);
  }
});

test("what only a newer page understands is not shared with names left out", () => {
  const kept = new Map([["later", "registry.corp.example"]]);
  const state = { files: [], open: -1, settings: { openshift: "4.18" }, images: "", down: [], view: "trace", about: { version: "0.1.0" }, kept };
  const check = (redact, n_kept) => assert.equal(reduced(state, { redact, bare: false, alone: false }).shared.kept.size, n_kept);
  check(false, 1);
  check(true, 0);
});
