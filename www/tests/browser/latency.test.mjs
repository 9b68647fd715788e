/**
 * How long people wait, told with its parts, beside what is wanted and what is on record.
 *
 * Times depend on what else the machine does, so each is the least of several runs, and what is on
 * record is stretched by how much slower than the recorded machine this one is right now: by the
 * mean time of a loop of fixed length, run in the same browser between the others. Only what then
 * takes four times as long fails: least times of one build were seen to differ by a factor of two,
 * so less would tell of the machine and not of the page. Growth of the engine's own work, which no
 * machine changes, is what `unit/steps.test.mjs` judges.
 * `UPDATE=1` records the times, and the mean time of the loop.
 */

import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { ENTRIES, objects } from "../large.mjs";
import { browserTest, paste, withPage } from "./harness.mjs";

const RECORD = new URL("../../record.json", import.meta.url);

/** What is wanted, in milliseconds; told, and not judged. */
const WANTED_MS = {
  "navigation to first finding": 300,
  "keystroke to findings, p95": 16,
  "1 MB of short entries in the worker": 100,
  "1 MB of usual entries in the worker": 100,
};

const N_NAVIGATIONS = 5;

/** How long a browser is busy with itself, and then the page with coming to life. */
const CALM_MS = 1000;

const N_KEYSTROKES = 100;
const N_ROUNDS = 3;
const N_LARGE = 3;

/** How many times what is on record a time may be. */
const MAX_GROWTH = 4;

/** Times of a loop that does the same everywhere, long enough to be interrupted as all else is. */
function loops_ms(page) {
  return page.evaluate(() => {
    const times = [];
    for (let run = 0; run < 40; run += 1) {
      const start = performance.now();
      let sum = 0;
      const words = new Map();
      for (let n = 0; n < 60_000; n += 1) {
        sum = (Math.imul(sum, 31) + n) | 0;
        words.set(`k${n % 512}`, sum);
      }
      if (words.size !== 512) throw new Error("unreachable");
      times.push(performance.now() - start);
    }
    return times;
  });
}

/** Notes when keys go down and when the page shows the answer, and hears of the page's workers. */
function note() {
  window.workers = [];
  window.down = 0;
  window.waits = [];
  window.whenShown = () => undefined;
  window.Worker = class extends Worker {
    constructor(...given) {
      super(...given);
      window.workers.push(this);
    }
  };
  addEventListener("keydown", (event) => (window.down = event.timeStamp), { capture: true });
  new PerformanceObserver((list) => {
    for (const { startTime } of list.getEntriesByName("pullproof:shown")) {
      window.waits.push(startTime - window.down);
      window.whenShown();
    }
  }).observe({ type: "mark" });
}

/** Notes how long the newest worker takes, itself and with the way there and back. */
function timeWorker() {
  const worker = window.workers.at(-1);
  const post = worker.postMessage.bind(worker);
  let sent = 0;
  worker.postMessage = (message) => {
    sent = performance.now();
    post(message);
  };
  worker.addEventListener("message", ({ data }) => {
    if (data.kind === "answer") window.took = { inside: data.took_ms, "and back": performance.now() - sent };
  });
}

/** Does something, and waits until the page shows the answer to it. */
async function answered(page, action) {
  // Before it is done: keys overtake what else the page is told.
  await page.evaluate(() => {
    window.shown = new Promise((resolve) => (window.whenShown = resolve));
  });
  await action();
  await page.evaluate(() => window.shown);
}

const sorted = (numbers) => numbers.toSorted((a, b) => a - b);
const quantile = (numbers, part) => sorted(numbers)[Math.min(numbers.length - 1, Math.floor(numbers.length * part))];

browserTest("nobody waits much longer than before", async () => {
  const record = existsSync(RECORD) ? JSON.parse(readFileSync(RECORD, "utf8")) : {};
  const loops = [];
  const least = {};
  const take = (name, ms) => (least[name] = Math.min(least[name] ?? Infinity, ms));

  const navigations = [];
  for (let n = 0; n < N_NAVIGATIONS; n += 1) {
    await withPage({ init: note, waits: false, calm_ms: CALM_MS }, async (page) => {
      const parts = await page.evaluate(() => {
        const at = (name) => performance.getEntriesByName(name)[0]?.startTime ?? NaN;
        return {
          response: performance.getEntriesByType("navigation")[0].responseEnd,
          paint: at("first-contentful-paint"),
          boot: at("pullproof:boot"),
          engine: at("pullproof:engine"),
          findings: at("pullproof:first-findings"),
          editor: at("pullproof:editor"),
        };
      });
      navigations.push(parts);
      take("navigation to first finding", parts.findings);
      loops.push(...(await loops_ms(page)));
    });
  }
  const [best] = navigations.toSorted((a, b) => a.findings - b.findings);
  console.log(`navigation, the best of ${N_NAVIGATIONS}: ${Object.entries(best).map(([name, ms]) => `${name} ${Math.round(ms)}`).join(", ")} ms`);

  await withPage({ init: note, waits: false, calm_ms: CALM_MS }, async (page) => {
    await paste(page, objects(10_000, ENTRIES.short));
    await page.waitForTimeout(500);
    await page.keyboard.press("Control+End");
    for (let round = 0; round < N_ROUNDS; round += 1) {
      await page.evaluate(() => window.waits.splice(0));
      for (let n = 0; n < N_KEYSTROKES; n += 1) {
        await answered(page, () => page.keyboard.press("abcdefghij"[n % 10]));
      }
      const waits = await page.evaluate(() => window.waits);
      assert.equal(waits.length, N_KEYSTROKES);
      take("keystroke to findings, p50", quantile(waits, 0.5));
      take("keystroke to findings, p95", quantile(waits, 0.95));
      loops.push(...(await loops_ms(page)));
    }
    await page.evaluate(timeWorker);
    for (const [kind, entryOf] of Object.entries(ENTRIES)) {
      for (let n = 0; n < N_LARGE; n += 1) {
        await answered(page, () => paste(page, `${objects(1_000_000, entryOf)}# ${n}\n`));
        const took = await page.evaluate(() => window.took);
        take(`1 MB of ${kind} entries in the worker`, took.inside);
        take(`1 MB of ${kind} entries to the worker and back`, took["and back"]);
        await answered(page, () => paste(page, ""));
      }
    }
    loops.push(...(await loops_ms(page)));
  });

  const loop = loops.reduce((sum, ms) => sum + ms, 0) / loops.length;
  if (process.env.UPDATE !== undefined) {
    const times = Object.fromEntries(Object.entries({ loop, ...least }).map(([name, ms]) => [name, Math.round(ms * 100) / 100]));
    writeFileSync(RECORD, `${JSON.stringify({ ...record, times_ms: times }, null, 2)}\n`);
  }
  const recorded = record.times_ms ?? {};
  const stretch = Math.max(1, loop / (recorded.loop ?? loop));
  console.log(`the loop takes ${loop.toFixed(2)} ms (recorded ${recorded.loop ?? "never"}): times on record are stretched by ${stretch.toFixed(2)}`);
  const slow = [];
  for (const [name, ms] of Object.entries(least)) {
    console.log(`${name}: ${ms.toFixed(1)} ms, wanted ${WANTED_MS[name] ?? "nothing"}, recorded ${recorded[name] ?? "never"}`);
    const most = (recorded[name] ?? Infinity) * stretch * MAX_GROWTH;
    if (most < ms) slow.push(`${name}: ${ms.toFixed(1)} ms of ${most.toFixed(1)}`);
  }
  assert.deepEqual(slow, []);
});
