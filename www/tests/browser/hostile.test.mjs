/** Inputs that mean harm: the page goes on, and gives an answer or says why there is none. */

import assert from "node:assert/strict";
import { browserTest, completed, paste, snapshotOf, withPage } from "./harness.mjs";

/** The longest that the page may stand still, in milliseconds: the engine is not on its thread. */
const MAX_STILL_MS = 1500;

const IDMS = "apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata:\n  name: NAME\nspec:\n  imageDigestMirrors:\n";

function bombOfAnchors() {
  const levels = "abcdefghij".split("");
  return levels
    .map((name, at) => `${name}: &${name} ${at === 0 ? '["x","x","x","x","x","x","x","x","x"]' : `[${`*${levels[at - 1]},`.repeat(9).slice(0, -1)}]`}`)
    .join("\n");
}

function megabyte() {
  let text = IDMS.replace("NAME", "large");
  for (let n = 0; text.length < 1_000_000; n += 1) {
    text += `  - source: registry.example.com/team-${n}\n    mirrors:\n    - mirror.example.com/team-${n}\n`;
  }
  return text;
}

const INPUTS = {
  "100 KB of brackets": "[".repeat(100_000),
  "100 KB of braces": "{a: ".repeat(25_000),
  "deep indentation": Array.from({ length: 3_000 }, (_, n) => `${" ".repeat(n)}a:`).join("\n"),
  "a bomb of anchors": bombOfAnchors(),
  "NULs and other controls": `a: \u0000\u0001\n${IDMS}\u0000`,
  "halves of surrogate pairs": `a: "\ud83d"\n\udca1: b\n`,
  "100,000 empty documents": "---\n".repeat(100_000),
  "a line of 500 KB": `a: ${"x".repeat(500_000)}`,
  "100 KB of quotes that do not end": `a: "${"'".repeat(100_000)}`,
  "1 MB of objects": megabyte(),
  "nothing": "",
};

/** Notes for how long no frame came. */
function noteStandstill() {
  window.still_ms = 0;
  let last = performance.now();
  const step = (now) => {
    window.still_ms = Math.max(window.still_ms, now - last);
    last = now;
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}

browserTest("hostile texts neither stop the page nor its next answer", async () => {
  await withPage({}, async (page) => {
    await completed(page);
    await page.evaluate(noteStandstill);
    for (const [name, text] of Object.entries(INPUTS)) {
      const before = await page.evaluate(() => {
        window.still_ms = 0;
        return [window.answers.length, window.workers.length];
      });
      await paste(page, text);
      await page.waitForFunction(
        ([n_answers, n_workers]) => n_answers < window.answers.length || n_workers < window.workers.length,
        before,
      );
      await page.waitForTimeout(100);
      const still_ms = await page.evaluate(() => window.still_ms);
      const asked = await page.evaluate(() => JSON.parse(window.asked.at(-1)).files.find((file) => file.name === "operators-icsp.yaml").text.length);
      const isRestarted = (await page.evaluate(() => window.workers.length)) > before[1];
      console.log(`${name}: ${asked} characters, still for ${Math.round(still_ms)} ms${isRestarted ? ", the watchdog spoke" : ""}`);
      if (isRestarted) await page.getByText("it was started anew").waitFor();
      assert.ok(still_ms < MAX_STILL_MS, `${name}: ${still_ms} ms`);
    }
    await paste(page, `${IDMS.replace("NAME", "fine")}  - source: quay.io/org\n    mirrors: [quay.io/org]\n`);
    await page.waitForFunction(() => window.answers.at(-1).findings.some(({ rule }) => rule === "self-mirror"));
  });
});

const IMAGES = {
  "100 KB of brackets": "[".repeat(100_000),
  "300 KB in one name": "x".repeat(300_000),
  "5,000 times the same": "a\n".repeat(5_000),
  "2,000 images": Array.from({ length: 2_000 }, (_, n) => `quay.io/org/app-${n}:1`).join("\n"),
  "nothing that is a name": "\u0000\n../../x\n@@@:::\n\ud83d",
};

browserTest("hostile images neither stop the page nor its next answer", async () => {
  await withPage({}, async (page) => {
    await page.evaluate(noteStandstill);
    for (const [name, images] of Object.entries(IMAGES)) {
      const n_answers = await page.evaluate((images) => {
        window.still_ms = 0;
        const field = document.querySelector("#images");
        field.value = images;
        field.dispatchEvent(new Event("input", { bubbles: true }));
        return window.answers.length;
      }, images);
      await page.waitForFunction((n) => n < window.answers.length, n_answers);
      await page.waitForTimeout(100);
      const still_ms = await page.evaluate(() => window.still_ms);
      console.log(`${name}: still for ${Math.round(still_ms)} ms`);
      assert.ok(still_ms < MAX_STILL_MS, `${name}: ${still_ms} ms`);
    }
    await page.locator("#images").fill("quay.io/org/app:1");
    await page.waitForFunction(() => window.answers.at(-1).trace?.after?.[0]?.image === "quay.io/org/app:1");
  });
});

browserTest("an engine that crashes is started anew, and texts stay", async () => {
  await withPage({}, async (page) => {
    await completed(page);
    const n_workers = await page.evaluate(() => window.workers.length);
    await page.locator("#images").fill("quay.io/kept/app:1");
    await page.evaluate(() => window.workers.at(-1).onerror(new ErrorEvent("error", { message: "unreachable", cancelable: true })));
    await page.getByText("the engine ended: unreachable; it was started anew, and your texts are kept").waitFor();
    assert.equal(await page.locator("#images").inputValue(), "quay.io/kept/app:1");
    await page.locator("#images").fill("quay.io/after/app:1");
    await page.waitForFunction(() => window.answers.at(-1).trace?.after?.[0]?.image === "quay.io/after/app:1");
    assert.equal(await page.evaluate(() => window.workers.length), n_workers + 1);
    assert.ok((await snapshotOf(page)).findings.length > 5);
  });
});

browserTest("an engine that is silent is ended by the watchdog", async () => {
  await withPage({}, async (page) => {
    await completed(page);
    // The first answer may take longer, since the engine may still be loaded and compiled.
    await page.locator("#images").fill("quay.io/before/app:1");
    await page.waitForFunction(() => window.answers.at(-1).trace?.after?.[0]?.image === "quay.io/before/app:1");
    await page.evaluate(() => {
      // As one that never comes to an end: it is told nothing, and says nothing.
      window.workers.at(-1).postMessage = () => undefined;
    });
    await page.locator("#images").fill("quay.io/kept/app:1");
    await page.getByText("no answer within 1 s; it was started anew").waitFor();
    assert.equal(await page.locator("#images").inputValue(), "quay.io/kept/app:1");
    await page.locator("#images").fill("quay.io/after/app:1");
    await page.waitForFunction(() => window.answers.at(-1).trace?.after?.[0]?.image === "quay.io/after/app:1");
  });
});
