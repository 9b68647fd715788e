/** The page begins with half of its engine, and has the whole one before anybody misses it. */

import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { MOST } from "../../build/sizes.mjs";
import { DIST, browserTest, completed, openView, paste, quiet, serve, snapshotOf, withPage } from "./harness.mjs";

const REST = "engine_rest";

const ROLLOUT = "Rollout";

/** Opens the page from a server of its own. */
async function withServer(options, body) {
  const server = await serve();
  const n_rest = () => server.asked.filter((path) => path.includes(REST)).length;
  try {
    await withPage({ ...options, url: server.url }, (page) => body(page, { server, n_rest }));
  } finally {
    server.close();
  }
}

/** Changes the view as no person does: no key or button goes down. */
function pick(page, title) {
  return page.evaluate((title) => {
    const tabs = [...document.querySelectorAll('[role="tab"]')];
    tabs.find((tab) => tab.textContent.trim() === title).click();
  }, title);
}

browserTest("whoever only looks loads little, and not the rest of the engine", async () => {
  await withServer({ calm_ms: 500 }, async (page, { server, n_rest }) => {
    const sizes = server.asked.map((path) => [path, statSync(`${DIST}${path}.br`).size]);
    const n_bytes = sizes.reduce((sum, [, size]) => sum + size, 0);
    console.log(`${sizes.length} files, ${n_bytes} bytes: ${sizes.map(([path, size]) => `${path} ${size}`).join(", ")}`);
    assert.ok(n_bytes <= MOST["with the editor"], `${n_bytes} bytes`);
    assert.equal(n_rest(), 0);
    assert.equal(await page.evaluate(() => window.workers.length), 1);
    assert.ok((await snapshotOf(page)).findings.length > 5);
  });
});

browserTest("the whole engine comes with the first key, and answers what follows", async () => {
  await withServer({}, async (page, { n_rest }) => {
    await completed(page);
    assert.equal(n_rest(), 1);
    assert.equal(await page.evaluate(() => window.workers.length), 2);
    await openView(page, ROLLOUT);
    assert.ok((await snapshotOf(page)).rollout !== undefined);
    assert.equal(n_rest(), 1);
  });
});

browserTest("what half of the engine lacks is answered by the whole one", async () => {
  await withServer({}, async (page, { n_rest }) => {
    await pick(page, ROLLOUT);
    await page.waitForFunction(() => window.answers.at(-1).rollout !== undefined);
    assert.equal(n_rest(), 1);
    assert.equal(await page.getByText("the engine ended").count(), 0);
    await paste(page, "kind: [");
    await page.waitForFunction(() => window.answers.at(-1).findings.some(({ rule }) => rule === "unreadable-document"));
  });
});

browserTest("where the rest is gone from the server, half of the engine goes on, and the page says so", async () => {
  await withServer({ expected: /404/ }, async (page, { server }) => {
    const before = (await snapshotOf(page)).findings.length;
    server.gone = REST;
    await pick(page, ROLLOUT);
    await page.getByRole("alert").getByText("the engine ended: ").waitFor();
    // The first view is answered again, and all when the rest is back.
    await pick(page, "Pull trace");
    await quiet(page);
    assert.equal((await snapshotOf(page)).findings.length, before);
    server.gone = null;
    await openView(page, ROLLOUT);
    await page.waitForFunction(() => window.answers.at(-1).rollout !== undefined);
  });
});
