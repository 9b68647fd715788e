/** The page without a mouse. */

import assert from "node:assert/strict";
import { VIEWS, browserTest, dialogGone, listed, quiet, snapshotOf, withPage } from "./harness.mjs";

/** Where the focus is, through shadow roots. */
function focused(page) {
  return page.evaluate(() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return `${element?.id || element?.getAttribute("aria-label") || element?.className || element?.localName}`;
  });
}

browserTest("everything can be reached with the keyboard, and left", async () => {
  await withPage({}, async (page) => {
    const seen = new Set();
    let was = "";
    for (let n = 0; n < 250; n += 1) {
      // The editor takes Tab for itself until Esc gives it back.
      if (was.startsWith("text of")) await page.keyboard.press("Escape");
      await page.keyboard.press("Tab");
      was = await focused(page);
      if (was === "body" && n > 0) break;
      seen.add(was);
    }
    const all = [...seen].join("\n");
    for (const wanted of ["images", "text of", "tab-trace", "finding-message", "splitter|width of", "primary"]) {
      assert.match(all, new RegExp(wanted), `${wanted} in ${all}`);
    }
    assert.equal(was, "body", `the focus is trapped at ${was}`);
  });
});

browserTest("keys do what the sheet of keys says", async () => {
  await withPage({ permissions: ["clipboard-read", "clipboard-write"] }, async (page) => {
    const titles = Object.values(VIEWS);
    for (const [at, title] of titles.entries()) {
      await page.keyboard.press(`Alt+${at + 1}`);
      assert.equal(await page.getByRole("tab", { selected: true }).textContent(), title);
    }
    await page.keyboard.press("Control+Enter");
    assert.equal(await focused(page), "images");
    await page.keyboard.press("Alt+0");
    assert.match(await focused(page), /^text of/);
    await page.keyboard.press("F8");
    await page.keyboard.press("F8");
    assert.equal(await page.locator(".finding.is-at").count(), 1);
    await page.keyboard.press("Shift+F8");
    assert.equal(await page.locator(".finding:first-child.is-at").count(), 1);

    for (const [keys, title] of [["Control+s", "Share"], ["Control+Shift+E", "Examples"], ["Alt+f", "Fix all"]]) {
      await page.keyboard.press(keys);
      await page.getByRole("dialog").getByRole("heading", { name: title }).waitFor();
      await page.keyboard.press("Escape");
      await dialogGone(page);
    }
    await page.getByRole("tab", { selected: true }).focus();
    await page.keyboard.press("?");
    await page.getByRole("dialog").getByRole("heading", { name: "Keys" }).waitFor();
    await page.keyboard.press("Escape");
  });
});

browserTest("a finding is fixed from the editor, and everything shared, without a mouse", async () => {
  await withPage({ permissions: ["clipboard-read", "clipboard-write"] }, async (page) => {
    const before = await snapshotOf(page);
    const at = listed(before.findings).findIndex(({ fix }) => fix?.safety === "safe");
    for (let n = 0; n <= at; n += 1) await page.keyboard.press("F8");
    await page.keyboard.press("Control+.");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Enter");
    await dialogGone(page);
    await quiet(page);
    assert.ok((await snapshotOf(page)).findings.length < before.findings.length);
    await page.keyboard.press("Control+s");
    await page.waitForFunction(() => /#v1\./.test(document.querySelector("#share-url")?.value ?? ""));
    const copy = page.getByRole("button", { name: "copy link" });
    for (let n = 0; n < 20 && !(await copy.evaluate((it) => it === document.activeElement)); n += 1) await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByText("the link is on the clipboard").waitFor();
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^http:\/\/127\.0\.0\.1:\d+\/#v1\./);
  });
});

browserTest("a file keeps what can be taken back when it gets another name", async () => {
  await withPage({}, async (page) => {
    await page.locator(".cm-content").click();
    await page.keyboard.press("Control+End");
    await page.keyboard.type("# a note");
    await quiet(page);
    await page.getByRole("button", { name: "rename" }).click();
    await page.keyboard.type("other");
    await page.keyboard.press("Enter");
    await quiet(page);
    await page.locator(".cm-content").click();
    await page.keyboard.press("Control+z");
    await quiet(page);
    const [file] = await page.evaluate(() => JSON.parse(window.asked.at(-1)).files.filter(({ name }) => name === "other.yaml"));
    assert.ok(file !== undefined && !file.text.includes("# a note"), file?.text);
  });
});
