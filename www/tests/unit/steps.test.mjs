/**
 * How much the engine does for what people wait for: functions called and rounds of loops, which
 * are the same whatever the machine does, so that more than 5 % above the record fails.
 * `UPDATE=1` records them.
 */

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { writeCountingEngine } from "../../build/engine.mjs";
import { GENERATED, WWW } from "../../build/places.mjs";
import { ENTRIES, objects } from "../large.mjs";

const RECORD = `${WWW}record.json`;

/** How much more than its record something may take. */
const GROWTH = 1.05;

const ALL_VIEWS = ["trace", "conf", "graph", "changes", "rollout", "migrate"];

/** A pull secret on one line with a finding in each entry: no place is found by counting from the line's start. */
const ONE_LINE = JSON.stringify({ auths: Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`https://registry-${n}.example.com`, { auth: "x" }])) });

/** What is asked: a text, and the views that are shown of it. */
const CASES = {
  "10 KB": [objects(10_000, ENTRIES.short), ["trace"]],
  "10 KB in all views": [objects(10_000, ENTRIES.short), ALL_VIEWS],
  "1 MB of short entries": [objects(1_000_000, ENTRIES.short), ["trace"]],
  "1 MB of usual entries": [objects(1_000_000, ENTRIES.usual), ["trace"]],
  "1 MB on one line": [ONE_LINE, ["trace"]],
};

/** A new instance each time: what the last one left behind changes how much is done. */
let n_instances = 0;

async function stepsOf(module, [text, views]) {
  n_instances += 1;
  const glue = await import(`${GENERATED}/glue.js?${n_instances}`);
  let n_steps = 0;
  const { Instance } = WebAssembly;
  // The glue makes the instance, and knows nothing of the import.
  WebAssembly.Instance = function (made, imports) {
    const [[name, given]] = Object.entries(imports);
    return new Instance(made, { [name]: { ...given, log_execution: () => (n_steps += 1) } });
  };
  try {
    glue.initSync({ module });
  } finally {
    WebAssembly.Instance = Instance;
  }
  const files = [{ group: "proposed", name: "change.yaml", text }];
  const images = ["registry.example.com/team-1/app-1@sha256:" + "0".repeat(64)];
  const before = n_steps;
  const answer = JSON.parse(glue.snapshot(JSON.stringify({ revision: 1, files, settings: { openshift: "4.22" }, images, down: [], views })));
  assert.equal(answer.readable, true);
  return n_steps - before;
}

test("the engine does hardly more than before", async () => {
  const directory = mkdtempSync(`${tmpdir()}/steps-`);
  const record = existsSync(RECORD) ? JSON.parse(readFileSync(RECORD, "utf8")) : {};
  const found = {};
  try {
    writeCountingEngine(`${directory}/engine.wasm`);
    const module = new WebAssembly.Module(readFileSync(`${directory}/engine.wasm`));
    for (const [name, asked] of Object.entries(CASES)) {
      found[name] = await stepsOf(module, asked);
      assert.equal(await stepsOf(module, asked), found[name], `${name}: the same again`);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
  if (process.env.UPDATE !== undefined) writeFileSync(RECORD, `${JSON.stringify({ ...record, steps: found }, null, 2)}\n`);
  const recorded = process.env.UPDATE === undefined ? (record.steps ?? {}) : found;
  const grown = [];
  for (const [name, n_steps] of Object.entries(found)) {
    console.log(`${name}: ${n_steps} steps, recorded ${recorded[name] ?? "never"}`);
    if (!(n_steps <= recorded[name] * GROWTH)) grown.push(`${name}: ${n_steps} steps, recorded ${recorded[name] ?? "never"}`);
  }
  assert.deepEqual(grown, [], "where that is worth it: UPDATE=1 node --test www/tests/unit/steps.test.mjs");
});
