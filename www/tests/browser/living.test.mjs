/** The page as one file: what it shows without scripts, and that it lives where there are some. */

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { pathToFileURL } from "node:url";
import { readExamples } from "../../examples.mjs";
import { VIEWS, browserTest, listed, openExample, openShare, openView, picture, quiet, retype, saved, snapshotOf, withPage } from "./harness.mjs";

/** What mail takes with anything else beside it. */
const MAX_FILE_BYTES = 2 << 20;

const directory = mkdtempSync(join(tmpdir(), "page-"));
after(() => rmSync(directory, { recursive: true }));

/** Makes the file of what a page shows; its address and its text. */
async function fileOf(page, name) {
  const path = join(directory, name);
  await saved(page, "download HTML", path);
  return { url: pathToFileURL(path).href, path, text: readFileSync(path, "utf8") };
}

/** Opens the file, and fails where it asks for anything but its worker. */
async function withFile(url, options, body) {
  await withPage({ url, ...options }, async (file, more) => {
    await body(file, more);
    const asked = await file.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
    assert.deepEqual(asked.filter((it) => !it.startsWith("blob:")), []);
  });
}

const messages = (page) => page.locator(".finding-message").allTextContents();

browserTest("without scripts the file tells everything", async () => {
  await withPage({}, async (page) => {
    await openShare(page);
    const { url } = await fileOf(page, "still.html");
    const { findings } = await snapshotOf(page);
    await withFile(url, { waits: false, javaScriptEnabled: false }, async (file) => {
      assert.deepEqual(await messages(file), listed(findings).map(({ message }) => message.replaceAll("`", "")));
      for (const title of [...Object.values(VIEWS), "Files"]) {
        assert.equal(await file.getByRole("heading", { level: 2, name: title, exact: true }).count(), 1, title);
      }
      assert.ok((await file.locator("svg").count()) > 0);
      assert.equal(await file.locator("button, input").count(), 0);
      await picture(file, "file-still");
    });
  });
});

browserTest("from a disk the file is the page, on what was shared", async () => {
  await withPage({}, async (page) => {
    await openExample(page, readExamples()[6].title);
    await page.locator("select").first().selectOption("4.16");
    await openView(page, "Rollout");
    await openShare(page);
    const { url, path } = await fileOf(page, "living.html");
    assert.ok(statSync(path).size < MAX_FILE_BYTES, `${statSync(path).size} bytes`);
    const [before, told] = [await snapshotOf(page), await messages(page)];
    await withFile(url, {}, async (file) => {
      assert.deepEqual((await snapshotOf(file)).findings, before.findings);
      assert.deepEqual(await messages(file), told);
      assert.equal(await file.getByRole("tab", { selected: true }).textContent(), "Rollout");
      assert.equal(await file.locator("select").first().inputValue(), "4.16");
      await picture(file, "file-living");
      for (const title of Object.values(VIEWS)) await openView(file, title);
      await file.locator(".editor-host").click();
      await file.keyboard.press("Control+A");
      await file.keyboard.insertText("a: [");
      await quiet(file);
      assert.notDeepEqual(await messages(file), told);
      // What is typed outlives the file being opened anew.
      await file.waitForFunction(() => location.hash.startsWith("#v1."));
      await file.reload();
      await file.waitForFunction(() => /a: \[/.test(document.querySelector(".editor-host")?.shadowRoot?.textContent ?? ""));
      await file.getByRole("button", { name: "Explain" }).first().click();
      await file.locator("dialog h3").first().waitFor();
    });
  });
});

browserTest("links of the file lead to the page that made it, and its files are as good", async () => {
  await withPage({}, async (page, { address }) => {
    await openShare(page);
    const first = await fileOf(page, "first.html");
    await withFile(first.url, {}, async (file) => {
      await openShare(file);
      const link = await file.locator("#share-url").inputValue();
      assert.ok(link.startsWith(`${address}#v1.`), link.slice(0, 80));
      const second = await fileOf(file, "second.html");
      // The first link is relative to the example that the file does not know of.
      const withoutLink = (text) => text.replace(/<a href="[^"]*"/, "");
      assert.equal(withoutLink(second.text), withoutLink(first.text));
      await withFile(second.url, {}, async (other) => assert.deepEqual(await messages(other), await messages(page)));
    });
  });
});

browserTest("the file's attempt to send something is refused", async () => {
  await withPage({}, async (page) => {
    await openShare(page);
    const { url } = await fileOf(page, "refused.html");
    await withPage({ url, violations: 1 }, async (file) => {
      const policyIn = (it) => it.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute("content");
      assert.equal((await policyIn(file)).replace(/'sha256-[^']+'/g, "'self'"), await policyIn(page));
      await file.getByRole("button", { name: "verify" }).click();
      await file.getByText("refused by the page's policy").waitFor();
    });
  });
});

browserTest("what is left out is nowhere in the file", async () => {
  await withPage({}, async (page) => {
    await retype(page, '{"auths":{"mirror.corp.example:8443":{"auth":"aHVudGVyMjpodW50ZXIy"}}}');
    await openShare(page);
    const whole = await fileOf(page, "whole.html");
    assert.match(whole.text, /corp\.example/);
    assert.ok(!whole.text.includes("aHVudGVy"));
    for (const name of ["private host names", "comments", "the current cluster"]) await page.getByRole("checkbox", { name }).click();
    await page.getByText("the engine finds the same with other names").waitFor();
    const { url, text } = await fileOf(page, "redacted.html");
    // The examples that come with every page are public.
    const shared = text.slice(0, text.indexOf('<script id="page">'));
    for (const secret of ["corp.example", "aHVudGVy", "The payload never leaves", "current/", "127.0.0.1"]) {
      assert.ok(!shared.includes(secret), secret);
    }
    await withFile(url, {}, async (file) => {
      const asked = await file.evaluate(() => window.asked.join());
      assert.ok(asked.includes("registry.redhat.io") && !asked.includes("corp.example"));
      await file.getByRole("button", { name: "Share" }).first().click();
      await file.getByText("no link").waitFor();
      await picture(file, "file-no-link");
    });
  });
});

browserTest("what is shared cannot break out of the file", async () => {
  await withPage({}, async (page) => {
    const evil = "</script><!--<script></style><img src=x onerror=alert(1)>\u2028";
    await page.locator("#images").fill(evil);
    await retype(page, `a: "${evil}"`);
    await openShare(page);
    const { url } = await fileOf(page, "evil.html");
    await withFile(url, {}, async (file) => {
      assert.deepEqual(await messages(file), await messages(page));
      assert.equal(await file.locator("#images").inputValue(), await page.locator("#images").inputValue());
      assert.equal(await file.locator("img").count(), 0);
    });
  });
});
