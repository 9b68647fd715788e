/** What is shared comes back whole, from an address, an archive or a file. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readExamples } from "../../examples.mjs";
import { browserTest, openExample, openShare, openView, picture, quiet, retype, saved, snapshotOf, withPage } from "./harness.mjs";

const LINKS = readFileSync(new URL("../links-cli.txt", import.meta.url), "utf8").trim().split("\n");

const linkIn = (page) => page.locator("#share-url").inputValue();

/** What was asked last, but for what counts. */
function askedLast(page) {
  return page.evaluate(() => {
    const { revision: _, ...rest } = JSON.parse(window.asked.at(-1));
    return rest;
  });
}

browserTest("a link brings back files, images, release and view", async () => {
  await withPage({}, async (page, { address }) => {
    await openExample(page, readExamples()[6].title);
    await page.locator("select").first().selectOption("4.16");
    await openView(page, "Rollout");
    await quiet(page);
    const [asked, snapshot] = [await askedLast(page), await snapshotOf(page)];
    await openShare(page);
    const link = await linkIn(page);
    await picture(page, "share");
    await withPage({ fragment: link.slice(link.indexOf("#")), url: address }, async (other) => {
      assert.deepEqual(await askedLast(other), asked);
      assert.deepEqual((await snapshotOf(other)).findings, snapshot.findings);
      assert.equal(await other.getByRole("tab", { selected: true }).textContent(), "Rollout");
    });
  });
});

browserTest("the address follows what is typed, without a history", async () => {
  await withPage({}, async (page, { address }) => {
    assert.equal(page.url(), address);
    const length = await page.evaluate(() => history.length);
    await page.locator("#images").fill("quay.io/corp/app:1");
    await page.waitForFunction(() => location.hash.startsWith("#v1."));
    assert.equal(await page.evaluate(() => history.length), length);
    const fragment = new URL(page.url()).hash;
    await withPage({ fragment, url: address }, async (other) => {
      assert.equal(await other.locator("#images").inputValue(), "quay.io/corp/app:1");
    });
  });
});

browserTest("links of the command line open, and damaged ones say so", async () => {
  for (const link of LINKS) {
    await withPage({ fragment: link.slice(link.indexOf("#")) }, async (page) => {
      const { files } = await askedLast(page);
      assert.ok(files.length > 0);
    });
  }
  await withPage({ fragment: "#v1.AAAA" }, async (page) => {
    await page.getByText("the link is damaged").waitFor();
    assert.ok((await snapshotOf(page)).findings.length > 5);
  });
  await withPage({ fragment: "#v9.AAAA" }, async (page) => page.getByText("of a newer form").waitFor());
});

browserTest("private hosts, comments and the current cluster can be left out", async () => {
  await withPage({ permissions: ["clipboard-read", "clipboard-write"] }, async (page, { address }) => {
    await openShare(page);
    const whole = await linkIn(page);
    for (const name of ["private host names", "comments", "the current cluster"]) {
      await page.getByRole("checkbox", { name }).click();
    }
    await page.getByText("the engine finds the same with other names").waitFor();
    await picture(page, "share-redacted");
    const link = await linkIn(page);
    assert.notEqual(link, whole);
    await withPage({ fragment: link.slice(link.indexOf("#")), url: address }, async (other) => {
      const { files } = await askedLast(other);
      const text = files.map((file) => file.text).join("\n");
      assert.ok(!/mirror\.corp|current|#/.test(text + files.map((file) => file.group)), text);
      assert.match(text, /registry\.redhat\.io/);
    });
    await page.getByRole("button", { name: "copy as Markdown" }).click();
    await page.getByText("the Markdown is on the clipboard").waitFor();
    const markdown = await page.evaluate(() => navigator.clipboard.readText());
    assert.match(markdown, /\| error \| PP015 unusable-mirror \| proposed\/operators-icsp\.yaml:\d+:7 \|/);
    assert.ok(!markdown.includes("mirror.corp"));
  });
});

browserTest("texts with credentials are never shared", async () => {
  await withPage({}, async (page) => {
    await retype(page, '{"auths":{"quay.io":{"auth":"aHVudGVyMjpodW50ZXIy"}}}');
    await openShare(page);
    await page.getByText("has credentials and is never shared").waitFor();
    const link = await linkIn(page);
    await withPage({ fragment: link.slice(link.indexOf("#")) }, async (other) => {
      assert.ok(!JSON.stringify(await askedLast(other)).includes("aHVudGVy"));
    });
    await page.keyboard.press("Escape");
    await page.waitForTimeout(1000);
    const fragment = new URL(page.url()).hash;
    await withPage({ fragment }, async (other) => {
      assert.ok(!JSON.stringify(await askedLast(other)).includes("aHVudGVy"));
    });
  });
});

browserTest("the archive holds everything", async () => {
  const directory = mkdtempSync(join(tmpdir(), "page-"));
  try {
    await withPage({}, async (page) => {
      await openShare(page);
      const zip = join(directory, "all.zip");
      await saved(page, "download ZIP", zip);
      execFileSync("python3", ["-m", "zipfile", "-e", zip, join(directory, "out")]);
      const [{ files }] = readExamples();
      for (const { group, name, text } of files) assert.equal(readFileSync(join(directory, "out", group, name), "utf8"), text);
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
});
