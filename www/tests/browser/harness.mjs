/**
 * The page in a real browser: Debian's chromium, or what `CHROMIUM` names, on the files of
 * `www/dist`. Whatever leaves the page's origin, breaks its policy or fails in a script fails the
 * test.
 */

import assert from "node:assert/strict";
import { existsSync, mkdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** What was built; `cargo xtask page` does that. */
export const DIST = fileURLToPath(new URL("../../dist/", import.meta.url));

/** Where pictures are kept. */
export const SCREENSHOTS = fileURLToPath(new URL("../../../target/screenshots/", import.meta.url));

const missing = [CHROMIUM, `${DIST}index.html`].find((path) => !existsSync(path));
if (missing !== undefined) console.log(`not run: there is no ${missing}`);

/** A test that wants a browser; without one it is skipped, and says so. */
export function browserTest(name, body) {
  test(name, { skip: missing === undefined ? false : `there is no ${missing}`, timeout: 120_000 }, body);
}

const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8" };

/**
 * Serves a directory on a free port of loopback. `asked` are the paths that were asked for; of
 * those that contain `gone` nothing is there.
 */
export async function serve(directory = DIST) {
  const it = { url: "", asked: [], gone: null, close: () => server.close() };
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const path = normalize(pathname === "/" ? "/index.html" : decodeURIComponent(pathname));
    it.asked.push(path);
    try {
      if (it.gone !== null && path.includes(it.gone)) throw new Error("gone");
      const bytes = await readFile(join(directory, path));
      response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream" }).end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  it.url = `http://127.0.0.1:${port}/`;
  return it;
}

let browser = null;
let server = null;

async function started() {
  server ??= await serve();
  browser ??= await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  return { browser, url: server.url };
}

after(async () => {
  await browser?.close();
  server?.close();
});

/** What runs in the page before its own scripts: it notes what breaks the policy, and what the engine says. */
function watch() {
  window.violations = [];
  document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) => {
    window.violations.push(`${effectiveDirective} ${blockedURI}`);
  });
  window.workers = [];
  window.n_posted = 0;
  window.Worker = class extends Worker {
    constructor(...given) {
      super(...given);
      window.workers.push(this);
    }

    postMessage(message) {
      window.n_posted += 1;
      super.postMessage(message);
    }
  };
  // Questions about texts, their answers as they came, and those as values; fixes are among the
  // last. Whoever works an answer out, the page reads it as JSON.
  window.asked = [];
  window.told = [];
  window.answers = [];
  const { stringify, parse } = JSON;
  JSON.stringify = (value, ...rest) => {
    const text = stringify(value, ...rest);
    if (Array.isArray(value?.views) && "revision" in value) window.asked.push(text);
    return text;
  };
  JSON.parse = (text, ...rest) => {
    const value = parse(text, ...rest);
    const isSnapshot = Array.isArray(value?.findings) && "revision" in value;
    if (isSnapshot) window.told.push(text);
    if (isSnapshot || Array.isArray(value?.applied)) window.answers.push(value);
    return value;
  };
}

/**
 * Opens the page and calls `body` with it. `options` are those of a browser context, and
 * `fragment`, `url`, `violations` (how many are meant to happen), `expected` (what the console is
 * meant to say besides), `waits` (whether for the engine),
 * `init` (what runs before the page's scripts in place of `watch`: then nothing is between the page
 * and its server either, so that waits are those of people), `calm_ms` (how long the browser is left
 * alone before the page is opened, and the page before it is asked anything: drivers put large
 * scripts of their own into a page that they ask).
 */
export async function withPage(options, body) {
  const { fragment = "", url, violations = 0, expected = null, waits = true, init, calm_ms = 0, ...rest } = options;
  const { browser, url: own } = await started();
  const address = url ?? own;
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...rest });
  const problems = [];
  const origin = new URL(address).origin;
  const guard = (route) => {
    const to = route.request().url();
    const stays = to.startsWith(`${origin}/`) || to.startsWith("data:") || to.startsWith("blob:") || to.startsWith("file:");
    if (stays) return route.continue();
    problems.push(`a request left the page: ${to}`);
    return route.abort();
  };
  if (init === undefined) await context.route("**", guard);
  await context.addInitScript(init ?? watch);
  const page = await context.newPage();
  page.on("pageerror", (error) => problems.push(`a script failed: ${error.stack ?? error}`));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(`the console says: ${message.text()}`);
  });
  try {
    await calm(calm_ms);
    await page.goto(address + fragment, { waitUntil: calm_ms === 0 ? "load" : "commit" });
    await calm(calm_ms);
    if (waits) await settled(page);
    await body(page, { context, address });
    const broken = await page.evaluate(() => window.violations ?? []);
    // What the policy refuses is told on the console, too.
    const isMeant = (it) => (violations > 0 && /Content Security Policy|Refused to/.test(it)) || expected?.test(it);
    const told = problems.filter((it) => !isMeant(it));
    assert.deepEqual(told, []);
    assert.equal(broken.length, violations, broken.join());
  } finally {
    await context.close();
  }
}

function calm(ms) {
  return ms === 0 ? undefined : new Promise((resolve) => setTimeout(resolve, ms));
}

/** Waits until the page shows the newest answer, and its editor is there. */
export async function settled(page) {
  await page.waitForFunction(() => performance.getEntriesByName("pullproof:editor").length > 0);
  await quiet(page);
}

/** Waits until the page has the whole engine, which it loads once somebody does something. */
export async function completed(page) {
  await page.keyboard.press("Shift");
  await page.waitForFunction(() => performance.getEntriesByName("pullproof:whole").length > 0);
}

/** Waits until the engine has answered what was asked last. */
export async function quiet(page) {
  await page.waitForFunction(async () => {
    const before = window.answers.length;
    await new Promise((resolve) => setTimeout(resolve, 120));
    return before > 0 && window.answers.length === before;
  });
}

/**
 * Waits until no dialog is there. One that the browser has closed has no role any more, while the
 * page, which hears of it later, still leaves keys to it.
 */
export function dialogGone(page) {
  return page.locator("dialog").waitFor({ state: "detached" });
}

/** The newest snapshot. */
export function snapshotOf(page) {
  return page.evaluate(() => window.answers.findLast((it) => "findings" in it));
}

/** Puts an example in the place of everything. */
export async function openExample(page, title) {
  await page.getByRole("button", { name: "Examples" }).first().click();
  await page.getByRole("dialog").getByRole("button", { name: title }).click();
  await quiet(page);
}

/** Puts a text in the place of all that is in the open file. */
export async function retype(page, text) {
  await page.locator(".editor-host").click();
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(text);
  await quiet(page);
}

/** Puts a text in the place of all that is in the open file as pasting does: in one edit. */
export function paste(page, text) {
  return page.evaluate((text) => {
    const content = document.querySelector(".editor-host").shadowRoot.querySelector(".cm-content");
    content.focus();
    content.dispatchEvent(new KeyboardEvent("keydown", { key: "a", code: "KeyA", keyCode: 65, ctrlKey: true, bubbles: true, composed: true }));
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    content.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true, composed: true }));
  }, text);
}

/** Opens a view by its tab. */
export async function openView(page, title) {
  await page.getByRole("tab", { name: title, exact: true }).click();
  await quiet(page);
}

/** Opens the dialog for sharing, and waits for the link. */
export async function openShare(page) {
  await page.getByRole("button", { name: "Share" }).first().click();
  await page.waitForFunction(() => /#v1\./.test(document.querySelector("#share-url")?.value ?? ""));
}

/** Presses a button that downloads something, and puts that at a path. */
export async function saved(page, name, path) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name }).click()]);
  await download.saveAs(path);
}

/** Titles of the views by name. */
export const VIEWS = {
  trace: "Pull trace",
  conf: "registries.conf",
  graph: "Graph",
  changes: "What changes",
  rollout: "Rollout",
  migrate: "Migrate",
};

/** Keeps a picture. */
export async function picture(page, name) {
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: `${SCREENSHOTS}${name}.png` });
}

/** Findings as the page lists them: the gravest first. */
export function listed(findings) {
  return ["error", "warning", "info"].flatMap((severity) => findings.filter((finding) => finding.severity === severity));
}
