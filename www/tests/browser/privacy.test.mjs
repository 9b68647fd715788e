/** Nothing leaves the page, and it shows so. */

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { createServer } from "node:net";
import { DIST, browserTest, retype, snapshotOf, withPage } from "./harness.mjs";

browserTest("the button that tries to send something shows the refusal", async () => {
  await withPage({ violations: 1 }, async (page) => {
    await page.getByRole("button", { name: "verify" }).click();
    await page.getByText("refused by the page's policy").waitFor();
    assert.match(await page.locator(".verified").textContent(), /connect-src/);
  });
});

browserTest("no way of sending works, on the page and in its worker", async () => {
  await withPage({ violations: 5 }, async (page, { address }) => {
    const outcomes = await page.evaluate(async (address) => {
      const image = new Image();
      const refused = (attempt) => attempt.then(() => "sent", () => "refused");
      const events = (target, good) =>
        new Promise((resolve) => {
          target.addEventListener(good, () => resolve("sent"));
          target.addEventListener("error", () => resolve("refused"));
        });
      const opened = (open) => {
        try {
          return open();
        } catch {
          return null;
        }
      };
      const request = new XMLHttpRequest();
      request.open("GET", address);
      const byRequest = events(request, "load");
      request.send();
      image.src = `${address}x.png`;
      const socket = opened(() => new WebSocket(address.replace("http", "ws")));
      const source = opened(() => new EventSource(address));
      return Promise.all([
        refused(fetch(address)),
        byRequest,
        events(image, "load"),
        socket === null ? "refused" : events(socket, "open"),
        source === null ? "refused" : events(source, "open"),
      ]);
    }, address);
    assert.deepEqual(outcomes, ["refused", "refused", "refused", "refused", "refused"]);
  });
});

browserTest("what is written into the page stays text", async () => {
  await withPage({}, async (page) => {
    const evil = "<img src=x onerror=alert(1)><script>alert(1)</script>`</code><b>";
    await page.locator("#images").fill(evil);
    await retype(page, `apiVersion: config.openshift.io/v1\nkind: ImageDigestMirrorSet\nmetadata: {name: "${evil}"}\nspec:\n  imageDigestMirrors:\n  - source: "${evil}"\n    mirrors: ["${evil}"]\n`);
    await page.waitForFunction(() => window.answers.at(-1).findings.some(({ message }) => message.includes("<img")));
    assert.equal(await page.locator("img, #findings b, #panel b").count(), 0);
  });
});

/** A port that was free a moment ago. */
async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

browserTest("any static server will do, below any path", async () => {
  execFileSync("python3", ["--version"]);
  const port = await freePort();
  const server = spawn("python3", ["-m", "http.server", String(port), "--bind", "127.0.0.1", "--directory", `${DIST}..`], { stdio: ["ignore", "ignore", "pipe"] });
  try {
    for (let tries = 0; ; tries += 1) {
      const isUp = await fetch(`http://127.0.0.1:${port}/dist/`).then(() => true, () => false);
      if (isUp) break;
      assert.ok(tries < 100, "python's server does not start");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await withPage({ url: `http://127.0.0.1:${port}/dist/` }, async (page) => {
      assert.ok((await snapshotOf(page)).findings.length > 5);
    });
  } finally {
    server.kill();
  }
});
