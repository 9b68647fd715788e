/** Every example gives what the core gives where it runs natively, to the byte. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readExamples } from "../../examples.mjs";
import { VIEWS, browserTest, listed, openExample, openView, picture, quiet, snapshotOf, withPage } from "./harness.mjs";

/** Asks the native core the same questions. */
function native(requests) {
  const input = `${requests.join("\n")}\n`;
  const program = process.env.PULLPROOF_SNAPSHOT;
  const [command, args] =
    program === undefined
      ? ["cargo", ["run", "--locked", "--quiet", "-p", "pullproof-web", "--example", "snapshot"]]
      : [program, []];
  const out = execFileSync(command, args, { input, maxBuffer: 1 << 28, stdio: ["pipe", "pipe", "inherit"] });
  return out.toString().trimEnd().split("\n");
}

/** Takes from the page what was asked and told since, as pairs. */
async function taken(page) {
  return page.evaluate(() => {
    const told = window.told.splice(0);
    return window.asked.splice(0).map((request, at) => [request, told[at]]);
  });
}

function assertNative(pairs) {
  const answers = native(pairs.map(([request]) => request));
  for (const [at, [request, answer]] of pairs.entries()) {
    if (answer !== answers[at]) assert.deepEqual(JSON.parse(answer), JSON.parse(answers[at]), request.slice(0, 200));
    assert.equal(answer, answers[at]);
  }
}

browserTest("every example gives what the native core gives, in every view", async () => {
  const pairs = [];
  await withPage({}, async (page) => {
    for (const example of readExamples()) {
      await openExample(page, example.title);
      for (const title of Object.values(VIEWS)) await openView(page, title);
      await picture(page, `example-${example.name}`);
      pairs.push(...(await taken(page)));
    }
  });
  assert.ok(pairs.length >= 8 * 6, `${pairs.length} questions`);
  assertNative(pairs);
});

browserTest("what is typed is answered beside the page as by the native core", async () => {
  await withPage({}, async (page) => {
    await page.locator(".cm-content").click();
    await page.keyboard.press("Control+End");
    // The first answers tell that they are quick, by when code has been compiled.
    await page.keyboard.type("# warm", { delay: 60 });
    await quiet(page);
    await taken(page);
    const n_posted = await page.evaluate(() => window.n_posted);
    await page.keyboard.type("\n---\nkind: x");
    await quiet(page);
    const pairs = await taken(page);
    const n_by_worker = (await page.evaluate(() => window.n_posted)) - n_posted;
    assert.equal(pairs.length, 12);
    assert.ok(n_by_worker < pairs.length / 2, `${n_by_worker} of ${pairs.length} went to the worker`);
    assertNative(pairs);
  });
});

browserTest("the page starts with what the engine says, before it has said it", async () => {
  const [first] = readExamples();
  await withPage({ javaScriptEnabled: false, waits: false }, async (page) => {
    const findings = await page.locator(".finding-message").allTextContents();
    assert.ok(findings.length > 5, `${findings.length} findings`);
    assert.ok((await page.locator(".verdict").count()) >= first.images.split("\n").length);
    await picture(page, "start-without-scripts");
    await withPage({}, async (live) => {
      assert.deepEqual(await live.locator(".finding-message").allTextContents(), findings);
      const { findings: told } = await snapshotOf(live);
      assert.deepEqual(listed(told).map(({ message }) => message.replaceAll("`", "")), findings);
    });
  });
});
