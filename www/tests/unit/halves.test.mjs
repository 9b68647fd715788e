/** The engine in two is the engine: the halves make the whole, and the first says what the whole says, or nothing. */

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { partedEngine, runningEngine } from "../../build/engine.mjs";
import { firstQuestions } from "../../build/generated.mjs";
import { halvesOf } from "../../build/halves.mjs";
import { GENERATED } from "../../build/places.mjs";
import { bundled } from "./bundled.mjs";

const { wholeOf } = await bundled("engine_whole.ts");

const ENGINE = `${GENERATED}/engine.wasm`;
const skip = existsSync(ENGINE) ? false : "the engine is not built: cargo xtask page";

/** A module with a function for each body, none of which takes or gives anything. */
function moduleOf(...bodies) {
  const section = (id, ...bytes) => [id, bytes.length, ...bytes];
  return Buffer.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, 1, 0x60, 0, 0),
    ...section(3, bodies.length, ...bodies.map(() => 0)),
    ...section(10, bodies.length, ...bodies.flatMap((body) => [body.length, ...body])),
    ...section(0, 1, 0x78, ...Array.from({ length: 90 }, (_, n) => n)),
  ]);
}

const NOTHING = [0, 0x0b];
const NOPS = [0, ...Array(100).fill(0x01), 0x0b];
const ENDING = [0, 0x00, 0x0b];

test("whatever is called, the halves make the whole", () => {
  const whole = moduleOf(NOTHING, NOPS, ENDING);
  assert.ok(WebAssembly.validate(whole));
  for (let calls = 0; calls < 8; calls += 1) {
    const { first, rest } = halvesOf(whole, [calls & 1, calls & 2, calls & 4]);
    assert.ok(WebAssembly.validate(first));
    assert.deepEqual(Buffer.from(wholeOf(first, rest)), whole, `${calls}`);
  }
  const { first } = halvesOf(whole, [1, 0, 0]);
  assert.deepEqual(first, moduleOf(NOTHING, ENDING, ENDING));
});

test("the page's halves make its engine", { skip }, async () => {
  const whole = readFileSync(ENGINE);
  const questions = firstQuestions(await runningEngine(whole));
  const { first, rest } = await partedEngine(whole, questions);
  assert.ok(Buffer.from(wholeOf(first, rest)).equals(whole));
  const lengths = `${first.length} and ${rest.length} of ${whole.length}`;
  assert.ok(first.length < whole.length * 0.6 && first.length + rest.length < whole.length * 1.05, lengths);
});

test("half an engine says what the whole one says, or ends", { skip }, async () => {
  const whole = readFileSync(ENGINE);
  const glue = await runningEngine(whole);
  const questions = firstQuestions(glue);
  const { first } = await partedEngine(whole, questions);
  let n_instances = 0;
  const half = async () => {
    n_instances += 1;
    const it = await import(`${GENERATED}/glue.js?half=${n_instances}`);
    it.initSync({ module: first });
    return it;
  };
  const answering = await half();
  for (const question of questions) assert.equal(answering.snapshot(question), glue.snapshot(question));
  // The same in views and with files that nobody was asked about when it was made.
  const asked = questions.flatMap((question) => {
    const request = JSON.parse(question);
    const others = [
      { revision: 2 },
      { images: request.images.slice(0, 1) },
      { files: request.files.slice(0, 1) },
      { files: [{ group: "proposed", name: "x", text: "{]" }] },
      ...["conf", "graph", "changes", "rollout", "migrate"].map((view) => ({ views: ["trace", view] })),
    ];
    return others.map((other) => JSON.stringify({ ...request, ...other }));
  });
  let n_ended = 0;
  for (const question of asked) {
    const it = await half();
    let answer;
    try {
      answer = it.snapshot(question);
    } catch (error) {
      assert.ok(error instanceof WebAssembly.RuntimeError);
      n_ended += 1;
      continue;
    }
    assert.equal(answer, glue.snapshot(question));
  }
  console.log(`${asked.length} other questions, ${n_ended} of which half an engine cannot answer`);
  assert.ok(0 < n_ended && n_ended < asked.length);
});
