/** The page in Firefox: that it lives there as it does in chromium, and sends as little. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { readExamples } from "../../examples.mjs";
import { DIST, SCREENSHOTS, serve } from "./harness.mjs";
import { FIREFOX, startFirefox } from "./marionette.mjs";

const missing = [FIREFOX, `${DIST}index.html`].find((path) => !existsSync(path));
if (missing !== undefined) console.log(`not run: there is no ${missing}`);
const skip = missing === undefined ? false : `there is no ${missing}`;

const downloads = mkdtempSync(join(tmpdir(), "downloads-"));
const firefox = skip === false ? await startFirefox(downloads) : null;
const server = await serve();

after(async () => {
  await firefox?.close();
  server.close();
  rmSync(downloads, { recursive: true });
});

function firefoxTest(name, body) {
  test(name, { skip, timeout: 120_000 }, body);
}

/** Opens the page, and waits for the engine and the editor. */
async function opened(address) {
  await firefox.open("about:blank");
  await firefox.told();
  await firefox.open(address);
  await firefox.until(() => performance.getEntriesByName("pullproof:editor").length > 0);
}

const findings = () => firefox.run(() => [...document.querySelectorAll(".finding-message")].map((it) => it.textContent));

const press = (name) =>
  firefox.until((name) => {
    const button = [...document.querySelectorAll("button")].find((it) => it.textContent.trim() === name);
    button?.click();
    return button !== undefined;
  }, name);

/** Puts the cursor at the end of the open file and types there. */
async function typeAtEnd(text) {
  await firefox.run(() => {
    const content = document.querySelector(".editor-host").shadowRoot.querySelector(".cm-content");
    content.focus();
    const end = { key: "End", code: "End", keyCode: 35, ctrlKey: true, bubbles: true, composed: true };
    content.dispatchEvent(new KeyboardEvent("keydown", end));
  });
  await firefox.type(text);
}

firefoxTest("the engine starts, and answers what is typed", async () => {
  await opened(server.url);
  const before = await findings();
  assert.ok(before.length > 5);
  assert.equal(await firefox.run(() => document.body.textContent.includes("loading the engine")), false);
  await typeAtEnd("\n:");
  await firefox.until((n_before) => document.querySelectorAll(".finding-message").length !== n_before, before.length);
  mkdirSync(SCREENSHOTS, { recursive: true });
  await firefox.picture(`${SCREENSHOTS}firefox.png`);
  assert.deepEqual(await firefox.told(), []);
});

firefoxTest("every example opens in every view", async () => {
  await opened(server.url);
  for (const { title } of readExamples()) {
    await press("Examples");
    await firefox.until((title) => {
      const button = [...document.querySelectorAll("dialog button")].find((it) => it.textContent.includes(title));
      button?.click();
      return button !== undefined;
    }, title);
    for (const view of ["trace", "conf", "graph", "changes", "rollout", "migrate"]) {
      await firefox.run((view) => document.getElementById(`tab-${view}`).click(), view);
      await firefox.until((view) => document.querySelector(`#panel.panel-${view}`)?.innerText.trim() !== "", view);
    }
  }
  assert.deepEqual(await firefox.told(), []);
});

firefoxTest("the attempt to send something is refused", async () => {
  await opened(server.url);
  await press("verify");
  const words = await firefox.until(() => document.querySelector(".verified")?.textContent);
  assert.match(words, /refused by the page's policy.*connect-src/);
  const told = await firefox.told();
  assert.ok(told.length > 0 && told.every((it) => it.startsWith("CSP")), told.join("\n"));
});

firefoxTest("what is shared comes back from a link and from downloads", async () => {
  await opened(server.url);
  await typeAtEnd("\n# kept");
  await press("Share");
  const link = await firefox.until(() => document.querySelector("#share-url")?.value);
  await press("download ZIP");
  await firefox.downloaded("pullproof.zip");
  execFileSync("python3", ["-m", "zipfile", "-e", join(downloads, "pullproof.zip"), join(downloads, "out")]);
  const [{ files }] = readExamples();
  const texts = files.map(({ group, name }) => readFileSync(join(downloads, "out", group, name), "utf8"));
  assert.match(texts.join(""), /# kept/);
  await press("download HTML");
  assert.match((await firefox.downloaded("pullproof.html")).toString(), /# kept/);
  const before = await findings();
  await opened(link);
  await firefox.until(() => document.querySelector(".editor-host").shadowRoot.querySelector(".cm-content").innerText.includes("# kept"));
  assert.deepEqual(await findings(), before);
  assert.deepEqual(await firefox.told(), []);
});

firefoxTest("the page as one file lives", async () => {
  await opened(server.url);
  const before = await findings();
  await press("Share");
  rmSync(join(downloads, "pullproof.html"), { force: true });
  await press("download HTML");
  await firefox.downloaded("pullproof.html");
  await opened(pathToFileURL(join(downloads, "pullproof.html")).href);
  assert.deepEqual(await findings(), before);
  await typeAtEnd("\n:");
  await firefox.until((n_before) => document.querySelectorAll(".finding-message").length !== n_before, before.length);
  assert.deepEqual(await firefox.told(), []);
  await press("verify");
  const words = await firefox.until(() => document.querySelector(".verified")?.textContent);
  assert.match(words, /refused by the page's policy.*connect-src/);
});
